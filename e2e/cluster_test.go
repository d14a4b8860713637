package e2e

import (
	"bytes"
	"cmp"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"html"
	"io"
	"math/big"
	mathrand "math/rand/v2"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/chromedp/cdproto/security"
	"github.com/chromedp/chromedp"
	"github.com/gorilla/websocket"
)

// nodeProgram builds e2e/node once for all tests.
var nodeProgram = sync.OnceValues(func() (string, error) {
	path := filepath.Join(filepath.Dir(galleryProgram), "node") // goes with the gallery's folder
	if out, err := exec.Command("go", "build", "-race", "-o", path, "./node").CombinedOutput(); err != nil {
		return "", fmt.Errorf("building the node: %w\n%s", err, out)
	}
	return path, nil
})

// node is one process of the application.
type node struct {
	t    *testing.T
	name string
	addr string
	env  []string // besides the usual
	cmd  *exec.Cmd
	log  *lockedBuilder
}

func newNode(t *testing.T, name string, env ...string) *node {
	t.Helper()
	n := &node{t: t, name: name, addr: freeAddress(t), env: env, log: &lockedBuilder{}}
	t.Cleanup(func() {
		n.kill()
		if text := n.log.String(); strings.Contains(text, "DATA RACE") || strings.Contains(text, "ERROR") || strings.Contains(text, "still open") {
			t.Errorf("the log of %s:\n%s", n.name, text)
		}
	})
	n.start()
	return n
}

func freeAddress(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

func (n *node) start() {
	n.t.Helper()
	program, err := nodeProgram()
	if err != nil {
		n.t.Fatal(err)
	}
	n.cmd = exec.Command(program)
	n.cmd.Env = append(append(os.Environ(), n.env...), "ADDR="+n.addr, "NAME="+n.name, "GIN_MODE=release",
		"GORACE=atexit_sleep_ms=50", "SECRET=one secret that all of the nodes have, 32+", "CLIENT="+npmPackages)
	n.cmd.Stdout, n.cmd.Stderr = n.log, n.log
	if err := n.cmd.Start(); err != nil {
		n.t.Fatal(err)
	}
	eventually(n.t, n.name+" is ready", func() error {
		return answers(http.DefaultClient, "http://"+n.addr+"/readyz")
	})
}

// stop ends the node as a deployment does and waits for it.
func (n *node) stop() {
	n.t.Helper()
	if err := n.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		n.t.Fatal(err)
	}
	if err := n.cmd.Wait(); err != nil {
		n.t.Errorf("%s on SIGTERM: %v\n%s", n.name, err, n.log)
	}
}

// kill ends the node as kill -9 does.
func (n *node) kill() {
	_ = n.cmd.Process.Kill()
	_ = n.cmd.Wait()
}

// answers fails unless a GET of url is answered with 200.
func answers(client *http.Client, url string) error {
	res, err := client.Get(url)
	if err != nil {
		return err
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s", url, res.Status)
	}
	return nil
}

// eventually waits until condition returns nil.
func eventually(t testing.TB, what string, condition func() error) {
	t.Helper()
	deadline := time.After(patience)
	for {
		err := condition()
		if err == nil {
			return
		}
		select {
		case <-deadline:
			t.Fatalf("%s: not within %v: %v", what, patience, err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// cluster is nodes behind a proxy that ends TLS.
type cluster struct {
	t      *testing.T
	nodes  []*node
	addr   string // of the proxy
	client *http.Client
}

// startCluster runs count nodes behind command, a proxy, with the settings that
// docs/deployment.md has in a block of the given language.
func startCluster(t *testing.T, count int, language string, proxy func(t *testing.T, dir, settings string) *exec.Cmd, env ...string) *cluster {
	t.Helper()
	c := &cluster{t: t, addr: freeAddress(t)}
	for i := range count {
		c.nodes = append(c.nodes, newNode(t, fmt.Sprintf("node-%d", i+1), env...))
	}
	dir := t.TempDir()
	certificate(t, dir)
	settings := documented(t, language)
	_, port, _ := net.SplitHostPort(c.addr)
	replace := func(old, with string) {
		if !strings.Contains(settings, old) {
			t.Fatalf("the %s settings of docs/deployment.md don't hold %q", language, old)
		}
		settings = strings.ReplaceAll(settings, old, with)
	}
	replace("/etc/ssl/", dir+"/")
	settings = strings.NewReplacer("listen 443 ", "listen "+c.addr+" ", "bind :443 ", "bind "+c.addr+" ").Replace(settings)
	if !strings.Contains(settings, port+" ssl") {
		t.Fatalf("the proxy doesn't listen at %s:\n%s", c.addr, settings)
	}
	for i := range 3 {
		placeholder := fmt.Sprintf("10.0.0.1%d:8080", i+1)
		if i < count {
			replace(placeholder, c.nodes[i].addr)
		} else {
			settings = regexp.MustCompile(`(?m)^.*`+regexp.QuoteMeta(placeholder)+`.*\n`).ReplaceAllString(settings, "")
		}
	}
	cmd, log := proxy(t, dir, settings), &lockedBuilder{}
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM) // with kill -9 nginx would leave its worker
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("the log of %s:\n%s", language, log)
		}
	})
	c.client = c.newClient()
	eventually(t, language+" answers", func() error {
		if err := answers(c.client, "https://"+c.addr+"/readyz"); err != nil {
			return fmt.Errorf("%w\n%s", err, log)
		}
		return nil
	})
	return c
}

// documented returns the block of docs/deployment.md in that language.
func documented(t *testing.T, language string) string {
	t.Helper()
	text, err := os.ReadFile("../docs/deployment.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)```"+language+"\n(.*?)```").FindAllStringSubmatch(string(text), -1)
	if len(blocks) != 1 {
		t.Fatalf("docs/deployment.md has %d blocks of %s, want one", len(blocks), language)
	}
	return blocks[0][1]
}

// certificate writes www.example.com.crt, .key and .pem, which is both, to dir.
func certificate(t *testing.T, dir string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		Subject:      pkix.Name{CommonName: "127.0.0.1"},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(time.Hour),
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	crt := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	secret := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER})
	for name, content := range map[string][]byte{"crt": crt, "key": secret, "pem": slices.Concat(crt, secret)} {
		if err := os.WriteFile(filepath.Join(dir, "www.example.com."+name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// startNginx runs nodes behind nginx, which picks one at random for each
// connection.
func startNginx(t *testing.T, count int, env ...string) *cluster {
	t.Helper()
	return startCluster(t, count, "nginx", func(t *testing.T, dir, settings string) *exec.Cmd {
		path := installed(t, "nginx")
		var temp strings.Builder
		for _, kind := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
			fmt.Fprintf(&temp, "%s_temp_path %s/%s;\n", kind, dir, kind)
		}
		config := fmt.Sprintf("daemon off;\nworker_processes 1;\npid %s/pid;\nerror_log stderr;\n"+
			"events { worker_connections 4000; }\nhttp {\naccess_log off;\n%s%s}\n", dir, &temp, settings)
		return exec.Command(path, "-e", "stderr", "-p", dir, "-c", write(t, dir, "nginx.conf", config))
	}, env...)
}

func startHAProxy(t *testing.T, count int, env ...string) *cluster {
	t.Helper()
	return startCluster(t, count, "haproxy", func(t *testing.T, dir, settings string) *exec.Cmd {
		return exec.Command(installed(t, "haproxy"), "-db", "-f", write(t, dir, "haproxy.cfg", settings))
	}, env...)
}

// installed finds a server's program, which Debian keeps where only root looks.
func installed(t *testing.T, name string) string {
	t.Helper()
	for _, candidate := range []string{name, "/usr/sbin/" + name} {
		if path, err := exec.LookPath(candidate); err == nil {
			return path
		}
	}
	t.Fatalf("this test needs %s: apt-get install %s", name, name)
	return ""
}

func write(t *testing.T, dir, name, content string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// newClient returns a browser's cookies and trust in the cluster's certificate.
func (c *cluster) newClient() *http.Client {
	jar, _ := cookiejar.New(nil)
	transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, DisableKeepAlives: true}
	return &http.Client{Transport: transport, Jar: jar, Timeout: patience}
}

// open opens a page of the cluster in a new tab of p's.
func (c *cluster) open(p *person, path string) *tab {
	c.t.Helper()
	tb := p.visit("about:blank")
	if _, err := chromedp.Call(tb.ctx, security.SetIgnoreCertificateErrors, security.SetIgnoreCertificateErrorsParams{Ignore: true}); err != nil {
		c.t.Fatal(err)
	}
	// While a node ends the client may try it once more, and say so.
	tb.expect("WebSocket connection to")
	tb.run(chromedp.Navigate("https://" + c.addr + path))
	tb.live()
	tb.mark()
	// How long the page couldn't be used, each time, in milliseconds.
	tb.js(`window.outages = []; const main = document.querySelector("[data-phx-main]"); let since = null;
		new MutationObserver(() => {
			const connected = main.classList.contains("phx-connected");
			if (!connected && since === null) since = performance.now();
			if (connected && since !== null) { outages.push(performance.now() - since); since = null; }
		}).observe(main, {attributes: true, attributeFilter: ["class"]})`)
	return tb
}

// caller is a client without a browser, with the page that it was served once.
type caller struct {
	c                         *cluster
	client                    *http.Client
	path                      string
	csrf, id, session, static string
}

var callerPage = regexp.MustCompile(`(?s)<meta name="csrf-token" content="([^"]*)">.*<div id="([^"]*)" data-phx-main data-phx-session="([^"]*)" data-phx-static="([^"]*)">`)

func (c *cluster) newCaller(path string) (*caller, error) {
	p := &caller{c: c, client: c.newClient(), path: path}
	res, err := p.client.Get("https://" + c.addr + path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, err
	}
	m := callerPage.FindSubmatch(body)
	if m == nil {
		return nil, fmt.Errorf("%s isn't a live page: %.300s", path, body)
	}
	for i, dst := range []*string{&p.csrf, &p.id, &p.session, &p.static} {
		*dst = html.UnescapeString(string(m[i+1]))
	}
	return p, nil
}

var nodeName = regexp.MustCompile(`node-\d`)

// percentile returns the value that p of a hundred of sorted don't exceed.
func percentile[T any](sorted []T, p int) T { return sorted[(len(sorted)*p+99)/100-1] }

// connect opens a socket and joins. It returns the node that it came to.
func (p *caller) connect() (conn *websocket.Conn, node string, err error) {
	site, _ := url.Parse("https://" + p.c.addr + "/")
	header := http.Header{"Origin": {"https://" + p.c.addr}}
	for _, cookie := range p.client.Jar.Cookies(site) {
		header.Add("Cookie", cookie.Name+"="+cookie.Value)
	}
	ctx, cancel := context.WithTimeout(p.c.t.Context(), patience)
	defer cancel()
	dialer := websocket.Dialer{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
	query := url.Values{"vsn": {"2.0.0"}, "_csrf_token": {p.csrf}}
	var res *http.Response
	conn, res, err = dialer.DialContext(ctx, "wss://"+p.c.addr+"/live/websocket?"+query.Encode(), header)
	if err != nil {
		if res != nil {
			err = fmt.Errorf("%w: %s", err, res.Status)
		}
		return nil, "", err
	}
	defer func() {
		if err != nil {
			_ = conn.Close()
		}
	}()
	_ = conn.SetReadDeadline(time.Now().Add(patience))
	join := map[string]any{
		"url": "https://" + p.c.addr + p.path, "session": p.session, "static": p.static,
		"params": map[string]any{"_csrf_token": p.csrf, "_mounts": 0, "_mount_attempts": 0},
	}
	reply, err := p.call(conn, 1, "phx_join", join)
	if err != nil {
		return nil, "", err
	}
	if node = nodeName.FindString(reply); node == "" {
		return nil, "", fmt.Errorf("the join names no node: %s", reply)
	}
	return conn, node, nil
}

// hop connects, clicks once and hangs up. It returns the node that it was at.
func (p *caller) hop() (node string, err error) {
	conn, node, err := p.connect()
	if err != nil {
		return "", err
	}
	defer func() { _ = conn.Close() }()
	reply, err := p.call(conn, 2, "event", map[string]any{"type": "click", "event": "inc", "value": map[string]any{}})
	if err == nil && !strings.Contains(reply, `"1"`) {
		err = fmt.Errorf("the click on a fresh page is answered with %s", reply)
	}
	return node, err
}

// call pushes and returns the reply, which must be ok.
func (p *caller) call(conn *websocket.Conn, ref int, event string, payload any) (string, error) {
	push, err := json.Marshal([]any{"1", strconv.Itoa(ref), "lv:" + p.id, event, payload})
	if err != nil {
		return "", err
	}
	if err := conn.WriteMessage(websocket.TextMessage, push); err != nil {
		return "", err
	}
	for {
		_, data, err := conn.ReadMessage()
		if err != nil {
			return "", fmt.Errorf("waiting for the reply to %s: %w", event, err)
		}
		if bytes.Contains(data, fmt.Appendf(nil, `"%d","lv:%s","phx_reply"`, ref, p.id)) {
			if !bytes.Contains(data, []byte(`"status":"ok"`)) {
				return "", fmt.Errorf("%s is refused: %s", event, data)
			}
			return string(data), nil
		}
	}
}

// A thousand times a client connects again with the page that it was served
// once, at whichever node nginx picks.
func TestReconnectsHopBetweenNodes(t *testing.T) {
	for _, count := range []int{2, 3} {
		t.Run(fmt.Sprint(count, " nodes"), func(t *testing.T) {
			c := startNginx(t, count)
			const callers, each = 4, 250
			var wg sync.WaitGroup
			var mu sync.Mutex // guards changed and visits
			changed, visits := 0, map[string]int{}
			begin := time.Now()
			for range callers {
				wg.Go(func() {
					p, err := c.newCaller("/counter")
					if err != nil {
						t.Error(err)
						return
					}
					last := ""
					for i := range each {
						node, err := p.hop()
						if err != nil {
							t.Errorf("reconnect %d, after %s: %v", i+1, cmp.Or(last, "none"), err)
							return
						}
						mu.Lock()
						visits[node]++
						if last != "" && node != last {
							changed++
						}
						mu.Unlock()
						last = node
					}
				})
			}
			wg.Wait()
			t.Logf("%d reconnects in %v, %d of them to another node than before; at each: %v",
				callers*each, time.Since(begin).Round(time.Millisecond), changed, visits)
			if len(visits) != count || changed < callers*each/4 {
				t.Errorf("%d nodes were visited with %d changes; that is no hopping between %d", len(visits), changed, count)
			}
		})
	}
}

// All nodes are restarted, one after the other, while people fill in forms.
// Nothing of what they typed is lost, and no page is loaded anew.
func TestRollingRestartKeepsForms(t *testing.T) {
	c := startNginx(t, 3)
	const letter = "I have cooked for as long as I can remember."
	type applicant struct {
		tab         *tab
		name, email string
	}
	var all []applicant
	for i, p := range []*person{newPerson(t), newPerson(t)} {
		for j := range 3 {
			a := applicant{c.open(p, "/form"), fmt.Sprintf("Person %d-%d", i, j), fmt.Sprintf("p%d%d@example.com", i, j)}
			a.tab.enter("[name=name]", a.name)
			a.tab.enter("[name=email]", "half an addr")
			a.tab.shows("#email-error", "must be an e-mail address")
			a.tab.click("[name=terms]")
			a.tab.js(`const post = document.querySelector("[name=post]"); post.value = "waiter"; post.dispatchEvent(new Event("input", {bubbles: true}))`)
			// In this field the client waits for the blur before it says anything.
			a.tab.enter("[name=letter]", letter[:20])
			all = append(all, a)
		}
	}
	before := make([]int, len(all))
	for i, a := range all {
		before[i] = a.tab.loaded()
	}
	for i, n := range c.nodes {
		begin := time.Now()
		n.stop()
		ended := time.Since(begin)
		n.start()
		t.Logf("%s: ended in %v, ready again after %v", n.name, ended.Round(time.Millisecond), time.Since(begin).Round(time.Millisecond))
		// People go on typing.
		for _, a := range all {
			part := len(letter) - 20
			a.tab.run(chromedp.KeyEvent(letter[20+part*i/3 : 20+part*(i+1)/3]))
		}
	}
	var outages []float64
	for i, a := range all {
		a.tab.live()
		if got := eval[string](a.tab, `[...new FormData(document.querySelector("#application")).values()].join("|")`); got != a.name+"|half an addr|waiter|yes|"+letter {
			t.Errorf("the form of %s holds %q", a.name, got)
		}
		if focus := eval[string](a.tab, `document.activeElement.name`); focus != "letter" {
			t.Errorf("the focus of %s is in %q", a.name, focus)
		}
		// The server knows, too.
		a.tab.shows("#email-error", "must be an e-mail address")
		a.tab.enter("[name=email]", a.email)
		a.tab.shows("#email-error", "") // which moves the button
		a.tab.click("#apply")
		a.tab.shows("#done", strings.Join([]string{a.name, a.email, "waiter", "yes", letter}, "|"))
		if n := a.tab.loaded() - before[i]; n != 0 || !a.tab.marked() {
			t.Errorf("the page of %s was loaded anew %d times", a.name, n)
		}
		times := eval[[]float64](a.tab, `outages`)
		outages = append(outages, times...)
	}
	slices.Sort(outages)
	if len(outages) < len(all) {
		t.Fatalf("only %d sockets were lost in the restart of all nodes, with %d pages open", len(outages), len(all))
	}
	p99 := percentile(outages, 99)
	t.Logf("%d pages lost their socket %d times; usable again after: median %.0f ms, p99 %.0f ms",
		len(all), len(outages), percentile(outages, 50), p99)
	if p99 > 10_000 {
		t.Errorf("p99 of the time until a page can be used again is %.0f ms, want at most 10 s", p99)
	}
}

// All nodes are restarted while more sockets are open than are closed at once:
// each of them is told, finds another node at its first attempt, and none waits
// long.
func TestRollingRestartOfManySockets(t *testing.T) {
	for name, start := range map[string]func(*testing.T, int, ...string) *cluster{"nginx": startNginx, "HAProxy": startHAProxy} {
		t.Run(name, func(t *testing.T) { rollingRestartOfManySockets(t, start(t, 3)) })
	}
}

func rollingRestartOfManySockets(t *testing.T, c *cluster) {
	const callers = 450
	var mu sync.Mutex // guards the fields below
	var outages []time.Duration
	closed, failed := map[int]int{}, 0
	stopping := make(chan struct{})
	var joined, done sync.WaitGroup
	stop := sync.OnceFunc(func() {
		close(stopping)
		done.Wait()
	})
	defer stop()                     // whatever fails, the callers end before the test
	slots := make(chan struct{}, 16) // that open their page at the same time
	for range callers {
		joined.Add(1)
		done.Go(func() {
			slots <- struct{}{}
			p, err := c.newCaller("/counter")
			var conn *websocket.Conn
			if err == nil {
				conn, _, err = p.connect()
			}
			<-slots
			joined.Done()
			for err == nil {
				_ = conn.SetReadDeadline(time.Now().Add(4 * patience))
				hangUp := make(chan struct{})
				go func() { // ends with the connection
					select {
					case <-stopping:
						_ = conn.Close()
					case <-hangUp:
					}
				}()
				_, _, lost := conn.ReadMessage()
				close(hangUp)
				_ = conn.Close()
				select {
				case <-stopping:
					return
				default:
				}
				code := websocket.CloseAbnormalClosure
				if ce := (*websocket.CloseError)(nil); errors.As(lost, &ce) {
					code = ce.Code
				}
				begin := time.Now()
				for tries := range 10 {
					// As the client does: client/start.js.
					delay := []time.Duration{50, 100, 250, 500, 1000, 2000}[min(tries, 5)] * time.Millisecond
					select {
					case <-time.After(delay/2 + mathrand.N(delay)):
					case <-stopping:
						return
					}
					if conn, _, err = p.connect(); err == nil {
						break
					}
					mu.Lock()
					failed++
					mu.Unlock()
				}
				mu.Lock()
				closed[code]++
				outages = append(outages, time.Since(begin))
				mu.Unlock()
			}
			t.Error(err)
		})
	}
	joined.Wait()
	for _, n := range c.nodes {
		begin := time.Now()
		n.stop()
		ended := time.Since(begin)
		n.start()
		t.Logf("%s: ended in %v, ready again after %v", n.name, ended.Round(time.Millisecond), time.Since(begin).Round(time.Millisecond))
	}
	eventually(t, "all sockets are back", func() error {
		mu.Lock()
		defer mu.Unlock()
		if len(outages) < callers {
			return fmt.Errorf("%d were lost, with %d open", len(outages), callers)
		}
		return nil
	})
	stop()
	slices.Sort(outages)
	p99 := percentile(outages, 99)
	t.Logf("%d sockets were closed %d times, with codes %v; %d attempts to connect again failed; back after: median %v, p99 %v, max %v", callers, len(outages), closed, failed,
		percentile(outages, 50).Round(time.Millisecond), p99.Round(time.Millisecond), outages[len(outages)-1].Round(time.Millisecond))
	if closed[websocket.CloseServiceRestart] != len(outages) {
		t.Errorf("the close codes are %v, want 1012 for all", closed)
	}
	if failed > 0 {
		t.Errorf("%d attempts to connect again failed, want none", failed)
	}
	if p99 > 10*time.Second {
		t.Errorf("p99 of the time until a socket is back is %v, want at most 10 s", p99)
	}
}

// A node dies without a word; its page comes back at another.
func TestNodeIsKilled(t *testing.T) {
	c := startNginx(t, 2)
	tb := c.open(newPerson(t), "/form")
	tb.enter("[name=name]", "Ada")
	tb.enter("[name=email]", "ada@")
	tb.shows("#email-error", "must be an e-mail address")
	was := eval[string](tb, `document.querySelector("#node").textContent`)
	loads := tb.loaded()
	for _, n := range c.nodes {
		if n.name == was {
			n.kill()
		}
	}
	tb.holds(fmt.Sprintf(`/^node-\d$/.test(document.querySelector("#node").textContent) && document.querySelector("#node").textContent !== %q`, was))
	tb.live()
	tb.shows("#email-error", "must be an e-mail address")
	if got := eval[string](tb, `document.querySelector("[name=name]").value + " " + document.querySelector("[name=email]").value`); got != "Ada ada@" {
		t.Errorf("the form holds %q", got)
	}
	if tb.loaded() != loads || !tb.marked() {
		t.Error("the page was loaded anew")
	}
	t.Logf("usable again after %.0f ms", eval[[]float64](tb, `outages`))
}

// The settings for HAProxy: a page goes live, and with a node that is stopped
// it goes to another.
func TestBehindHAProxy(t *testing.T) {
	c := startHAProxy(t, 2)
	tb := c.open(newPerson(t), "/form")
	tb.enter("[name=name]", "Ada")
	loads := tb.loaded()
	was := eval[string](tb, `document.querySelector("#node").textContent`)
	for _, n := range c.nodes {
		if n.name == was {
			n.stop()
		}
	}
	tb.holds(fmt.Sprintf(`document.querySelector("#node").textContent !== %q`, was))
	tb.live()
	tb.enter("[name=email]", "ada@")
	tb.shows("#email-error", "must be an e-mail address")
	if got := eval[string](tb, `document.querySelector("[name=name]").value`); got != "Ada" {
		t.Errorf("the name is %q", got)
	}
	if tb.loaded() != loads || !tb.marked() {
		t.Error("the page was loaded anew")
	}
	t.Logf("usable again after %.0f ms", eval[[]float64](tb, `outages`))
	p, err := c.newCaller("/counter")
	if err != nil {
		t.Fatal(err)
	}
	for i := range 20 {
		if _, err := p.hop(); err != nil {
			t.Errorf("reconnect %d with one node gone: %v", i+1, err)
		}
	}
}
