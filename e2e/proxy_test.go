package e2e

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"net/http/cookiejar"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/chromedp/cdproto/security"
	"github.com/chromedp/chromedp"

	"github.com/gin-liveview/liveview/internal/freeport"
)

// node is one process of an application: e2e/node.
type node struct {
	process
	addr string
}

func startNode(t *testing.T, name string, env ...string) *node {
	t.Helper()
	addr := freeport.Address(t)
	n := &node{process{
		name: name, program: nodeProgram, site: "http://" + addr + "/readyz",
		env: append(env, "ADDR="+addr, "NAME="+name, "SECRET=one secret that all of the nodes have, 32+", "CLIENT="+npmPackages),
	}, addr}
	t.Cleanup(func() {
		n.kill()
		if err := n.problem(); err != nil {
			t.Error(err)
		}
	})
	if err := n.start(); err != nil {
		t.Fatal(err)
	}
	return n
}

// restart stops a node and starts it again.
func (n *node) restart(t *testing.T) {
	t.Helper()
	begin := time.Now()
	if err := n.stop(); err != nil {
		t.Error(err)
	}
	ended := time.Since(begin)
	if err := n.start(); err != nil {
		t.Fatal(err)
	}
	t.Logf("%s: ended in %v, ready again after %v", n.name, ended.Round(time.Millisecond), time.Since(begin).Round(time.Millisecond))
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
func startCluster(t *testing.T, count int, language string, command func(t *testing.T, dir, settings string) *exec.Cmd, env ...string) *cluster {
	t.Helper()
	c := &cluster{t: t, addr: freeport.Address(t)}
	for i := range count {
		c.nodes = append(c.nodes, startNode(t, fmt.Sprintf("node-%d", i+1), env...))
	}
	dir := t.TempDir()
	certificate(t, dir)
	settings := documented(t, language)
	replace := func(old, with string) {
		if !strings.Contains(settings, old) {
			t.Fatalf("the %s settings of docs/deployment.md don't hold %q", language, old)
		}
		settings = strings.ReplaceAll(settings, old, with)
	}
	replace("/etc/ssl/", dir+"/")
	settings = strings.NewReplacer("listen 443 ", "listen "+c.addr+" ", "bind :443 ", "bind "+c.addr+" ", "www.example.com {", "https://"+c.addr+" {").Replace(settings)
	if !strings.Contains(settings, c.addr) {
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
	cmd, log := command(t, dir, settings), &lockedBuilder{}
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
	return startCluster(t, count, "nginx", nginx, env...)
}

func nginx(t *testing.T, dir, settings string) *exec.Cmd {
	path := installed(t, "nginx")
	var temp strings.Builder
	for _, kind := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		fmt.Fprintf(&temp, "%s_temp_path %s/%s;\n", kind, dir, kind)
	}
	config := fmt.Sprintf("daemon off;\nworker_processes 1;\npid %s/pid;\nerror_log stderr;\n"+
		"events { worker_connections 4000; }\nhttp {\naccess_log off;\n%s%s}\n", dir, &temp, settings)
	return exec.Command(path, "-e", "stderr", "-p", dir, "-c", write(t, dir, "nginx.conf", config))
}

func startHAProxy(t *testing.T, count int, env ...string) *cluster {
	t.Helper()
	return startCluster(t, count, "haproxy", haproxy, env...)
}

func haproxy(t *testing.T, dir, settings string) *exec.Cmd {
	return exec.Command(installed(t, "haproxy"), "-db", "-f", write(t, dir, "haproxy.cfg", settings))
}

func startCaddy(t *testing.T, count int, env ...string) *cluster {
	t.Helper()
	return startCluster(t, count, "caddy", func(t *testing.T, dir, settings string) *exec.Cmd {
		// Without the port of its own, and that for HTTP.
		settings = "{\n\tadmin off\n\tauto_https disable_redirects\n}\n" + settings
		cmd := exec.Command(installed(t, "caddy"), "run", "--adapter", "caddyfile", "--config", write(t, dir, "Caddyfile", settings))
		cmd.Env = append(os.Environ(), "XDG_DATA_HOME="+dir, "XDG_CONFIG_HOME="+dir)
		return cmd
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
	p.t.Helper()
	tb := p.visit("about:blank")
	if _, err := chromedp.Call(tb.ctx, security.SetIgnoreCertificateErrors, security.SetIgnoreCertificateErrorsParams{Ignore: true}); err != nil {
		p.t.Fatal(err)
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

// at returns the node that serves the page in a tab.
func (c *cluster) at(tb *tab) *node {
	tb.t.Helper()
	name := eval[string](tb, `document.querySelector("#node").textContent`)
	i := slices.IndexFunc(c.nodes, func(n *node) bool { return n.name == name })
	if i < 0 {
		tb.t.Fatalf("the page is at node %q", name)
	}
	return c.nodes[i]
}

// goesElsewhere waits until the page in a tab is served by another node than n,
// and is live.
func (tb *tab) goesElsewhere(n *node) {
	tb.t.Helper()
	tb.holds(fmt.Sprintf(`/^node-\d$/.test(document.querySelector("#node").textContent) && document.querySelector("#node").textContent !== %q`, n.name))
	tb.live()
}
