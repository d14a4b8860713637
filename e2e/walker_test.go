package e2e

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	mathrand "math/rand/v2"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// walker is a client without a browser on the page /journey of e2e/node: it sends one
// numbered event after the other and does what the official client and the start script do
// when a server tells it to hold, hands it a state, or is gone. That costs little, so
// there may be very many. What it knows of the page is what the page says of itself.
//
// Its run is in one goroutine, and what it has done may be read once that has returned.
type walker struct {
	site    string      // the scheme and the host
	header  http.Header // of its requests
	client  *http.Client
	journal *journal
	every   time.Duration // about so long between two events
	number  int           // which one it is, for others to do other things at the same time

	// drops, if it isn't nil, is drawn from for what the walker does at each of its times:
	// mostly an event, and now and then it cuts its connection.
	drops *mathrand.Rand

	csrf, id, session, static string
	page                      string // as the start script calls it

	conn   *websocket.Conn
	frames chan wireFrame // of conn
	ref    int
	join   string // the join's ref
	mounts int
	state  string // that it has been handed

	node  string // where it joined last
	shown shown
	sent  []sentEvent // the number is the place, and one
	joins []joinedAt
}

// shown is what the page says of its state.
type shown struct {
	step, name, open, items, seen string
	decks                         [2]string // what those of its live components have seen
}

type sentEvent struct {
	at, answered time.Time // answered is zero for one that wasn't
	lost         time.Time // when the walker saw that there would be no answer
	node         string
	cut          bool // the walker cut its connection before there was an answer
}

// joinedAt is one join that was answered, and what the page had seen then.
type joinedAt struct {
	at   time.Time
	node string
	seen int
}

// journal is what many walkers have in common.
type journal struct {
	mu       sync.Mutex // guards the fields below
	clicks   []timed
	outages  []time.Duration
	codes    map[int]int // of lost sockets
	problems []string
	loads    int // pages that were, or had to be, loaded anew
	tries    int // to connect again that failed
	hops     int // to another node
	late     int // of these, began anew there
}

type timed struct {
	at   time.Time
	took time.Duration
}

func (j *journal) do(fn func()) {
	j.mu.Lock()
	defer j.mu.Unlock()
	fn()
}

func (j *journal) problem(format string, args ...any) {
	j.do(func() { j.problems = append(j.problems, fmt.Sprintf(format, args...)) })
}

type wireFrame struct {
	join, ref, topic, event string
	payload                 json.RawMessage
	raw                     []byte
	lost                    error // the last one's; the others are without it
}

// tlsSessions has the walkers resume TLS sessions as a browser does.
var tlsSessions = &tls.Config{InsecureSkipVerify: true, ClientSessionCache: tls.NewLRUClientSessionCache(1000)}

var walkerTransport = &http.Transport{TLSClientConfig: tlsSessions, DisableKeepAlives: true}

func newWalker(site string, number int, j *journal) *walker {
	jar, _ := cookiejar.New(nil)
	return &walker{
		site: site, number: number, journal: j, header: http.Header{}, page: rand.Text(),
		client: &http.Client{Transport: walkerTransport, Jar: jar, Timeout: patience},
	}
}

// load loads the page.
func (w *walker) load() error {
	req, err := http.NewRequest(http.MethodGet, w.site+"/journey", nil)
	if err != nil {
		return err
	}
	req.Header = w.header.Clone()
	res, err := w.client.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	m := callerPage.FindSubmatch(body)
	if m == nil {
		return fmt.Errorf("it isn't a live page: %s %.300s", res.Status, body)
	}
	for i, dst := range []*string{&w.csrf, &w.id, &w.session, &w.static} {
		*dst = html.UnescapeString(string(m[i+1]))
	}
	return nil
}

// connect opens a socket, once, and joins. It returns an error if that doesn't come to a
// page that is joined; a join that is refused is an errRefused.
func (w *walker) connect(ctx context.Context) error {
	site, _ := url.Parse(w.site)
	header := w.header.Clone()
	header.Set("Origin", w.site)
	for _, cookie := range w.client.Jar.Cookies(site) {
		header.Add("Cookie", cookie.Name+"="+cookie.Value)
	}
	dialing, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	dialer := websocket.Dialer{TLSClientConfig: tlsSessions, ReadBufferSize: 1024, WriteBufferSize: 1024}
	query := url.Values{"vsn": {"2.0.0"}, "_csrf_token": {w.csrf}}
	conn, res, err := dialer.DialContext(dialing, "ws"+strings.TrimPrefix(w.site, "http")+"/live/websocket?"+query.Encode(), header)
	if err != nil {
		if res != nil {
			err = fmt.Errorf("%w: %s", err, res.Status)
		}
		return err
	}
	w.conn, w.frames = conn, make(chan wireFrame, 64)
	go read(conn, w.frames) // ends with the connection
	params := map[string]any{"_csrf_token": w.csrf, "_page": w.page, "_mounts": w.mounts, "_mount_attempts": 0}
	if w.state != "" {
		params["_state"] = w.state
	}
	w.ref++
	w.join = strconv.Itoa(w.ref)
	err = w.push(w.join, "phx_join", map[string]any{"url": w.site + "/journey", "session": w.session, "static": w.static, "sticky": false, "params": params})
	for err == nil {
		var f wireFrame
		select {
		case f = <-w.frames:
		case <-time.After(patience):
			err = errors.New("a join isn't answered")
			continue
		}
		if err = f.lost; err != nil || f.event != "phx_reply" || f.ref != w.join {
			continue
		}
		if err = w.joined(f); err == nil {
			return nil
		}
	}
	w.hangUp()
	return err
}

var errRefused = errors.New("a join is refused")

var journeyNode = regexp.MustCompile(`node-\d`)

// joined takes the answer to a join.
func (w *walker) joined(f wireFrame) error {
	var reply struct{ Status string }
	if err := json.Unmarshal(f.payload, &reply); err != nil {
		return err
	}
	if reply.Status != "ok" {
		return fmt.Errorf("%w: %s", errRefused, f.payload)
	}
	w.mounts++
	w.shown = shown{}
	w.look(f.raw)
	w.node = journeyNode.FindString(string(f.payload))
	if w.shown.open == "" || w.node == "" {
		return fmt.Errorf("the page isn't shown: %s", f.raw)
	}
	w.joins = append(w.joins, joinedAt{time.Now(), w.node, len(w.seen())})
	return nil
}

// read sends what comes over conn, the last one with why there is nothing more.
func read(conn *websocket.Conn, to chan<- wireFrame) {
	defer close(to)
	for {
		_, data, err := conn.ReadMessage()
		if err != nil {
			to <- wireFrame{lost: err}
			return
		}
		f := wireFrame{raw: data}
		var parts []json.RawMessage
		if err := json.Unmarshal(data, &parts); err != nil || len(parts) != 5 {
			continue
		}
		for i, dst := range []*string{&f.join, &f.ref, &f.topic, &f.event} {
			_ = json.Unmarshal(parts[i], dst) // null stays ""
		}
		f.payload = parts[4]
		to <- f
	}
}

func (w *walker) hangUp() {
	if w.conn == nil {
		return
	}
	_ = w.conn.Close()
	for range w.frames { // so that the reader ends
	}
	w.conn = nil
}

func (w *walker) push(ref, event string, payload any) error {
	data, err := json.Marshal([]any{w.join, ref, "lv:" + w.id, event, payload})
	if err != nil {
		return err
	}
	return w.conn.WriteMessage(websocket.TextMessage, data)
}

var (
	shownJourney = regexp.MustCompile(`\[\[step=(\d+) name=(\w*) open=\[([a-z ]*)\] items=\[([\d ]*)\] seen=\[([\d ]*)\]\]`)
	shownDeck    = regexp.MustCompile(`\(\((\d) seen=\[([\d ]*)\]\)\)`)
)

// look finds what a frame says of the state.
func (w *walker) look(frame []byte) {
	if m := shownJourney.FindSubmatch(frame); m != nil {
		w.shown.step, w.shown.name, w.shown.open, w.shown.items, w.shown.seen = string(m[1]), string(m[2]), string(m[3]), string(m[4]), string(m[5])
	}
	for _, m := range shownDeck.FindAllSubmatch(frame, -1) {
		w.shown.decks[m[1][0]-'1'] = string(m[2])
	}
}

func numbers(text string) (all []int) {
	for _, field := range strings.Fields(text) {
		n, _ := strconv.Atoi(field)
		all = append(all, n)
	}
	return all
}

// What an event does is up to its number.
const (
	doNext = iota
	doAdd
	doCard
	doName
	doDeck1
	doDeck2
	doings
)

func (w *walker) doing(n int) int { return (n + w.number) % doings }

// click sends the next event. One that can't be written is none: its connection is gone, as
// the reader is about to say.
func (w *walker) click() (ref string, err error) {
	n := len(w.sent) + 1
	value := map[string]any{"n": strconv.Itoa(n)}
	payload := map[string]any{"type": "click", "value": value}
	switch w.doing(n) {
	case doNext:
		payload["event"] = "next"
	case doAdd:
		payload["event"] = "add"
	case doCard:
		payload["event"], value["at"] = "card", strconv.Itoa(n%3)
	case doName:
		payload["event"], payload["type"] = "name", "form"
		payload["value"] = fmt.Sprintf("name=w%d&n=%d&_target=name", n, n)
	case doDeck1, doDeck2:
		payload["event"], payload["cid"] = "more", w.doing(n)-doDeck1+1
	}
	w.ref++
	ref = strconv.Itoa(w.ref)
	at := time.Now()
	if err := w.push(ref, "event", payload); err != nil {
		return "", err
	}
	w.sent = append(w.sent, sentEvent{at: at, node: w.node})
	return ref, nil
}

// seen returns the numbers of the events that the page says it has seen, sorted.
func (w *walker) seen() []int {
	all := numbers(w.shown.seen)
	for _, deck := range w.shown.decks {
		all = append(all, numbers(deck)...)
	}
	slices.Sort(all)
	return all
}

// missing returns the numbers of the events that were sent and that the page hasn't seen.
func (w *walker) missing() (all []int) {
	seen := w.seen()
	for n := 1; n <= len(w.sent); n++ {
		if _, found := slices.BinarySearch(seen, n); !found {
			all = append(all, n)
		}
	}
	return all
}

// doubled returns how many events the page has seen more than once.
func (w *walker) doubled() (n int) {
	seen := w.seen()
	return len(seen) - len(slices.Compact(slices.Clone(seen)))
}

// wrong returns how many fields of the page aren't as the events that it has seen make
// them, and which.
func (w *walker) wrong() (all []string) {
	var want shown
	open, step, name := [3]bool{}, 0, ""
	var items []int
	seen := numbers(w.shown.seen)
	for _, n := range seen {
		switch w.doing(n) {
		case doNext:
			step++
		case doAdd:
			items = append(items, n)
		case doCard:
			open[n%3] = !open[n%3]
		case doName:
			name = fmt.Sprint("w", n)
		default:
			all = append(all, fmt.Sprintf("event %d came to the page", n))
		}
	}
	trimmed := func(list any) string { return strings.Trim(fmt.Sprint(list), "[]") }
	want = shown{strconv.Itoa(step), name, trimmed(open), trimmed(items), w.shown.seen, w.shown.decks}
	if w.shown != want {
		all = append(all, fmt.Sprintf("the page shows %+v, and not %+v", w.shown, want))
	}
	if !slices.IsSorted(seen) {
		all = append(all, fmt.Sprintf("the page has seen %v", seen))
	}
	for i, deck := range w.shown.decks {
		seen := numbers(deck)
		if !slices.IsSorted(seen) || slices.ContainsFunc(seen, func(n int) bool { return w.doing(n) != doDeck1+i }) {
			all = append(all, fmt.Sprintf("card %d has seen %v", i+1, seen))
		}
	}
	return all
}

// reconnect connects until it is joined, with the pauses of internal/client/start/reconnect.js.
func (w *walker) reconnect(stop <-chan struct{}) bool {
	pauses := []time.Duration{50, 100, 250, 500, 1000, 2000, 5000}
	for tries := 0; ; tries++ {
		pause := pauses[min(tries, len(pauses)-1)] * time.Millisecond
		select {
		case <-time.After(pause/2 + mathrand.N(pause)):
		case <-stop:
			return false
		}
		err := w.connect(context.Background())
		switch {
		case err == nil:
			return true
		case errors.Is(err, errRefused): // upon which the client loads the page
			w.journal.problem("walker %d: %v", w.number, err)
			w.journal.do(func() { w.journal.loads++ })
			w.mounts, w.state = 0, ""
			if err := w.load(); err != nil {
				w.journal.problem("walker %d: %v", w.number, err)
				return false
			}
		default:
			w.journal.do(func() { w.journal.tries++ })
		}
		if tries == 20 {
			w.journal.problem("walker %d doesn't come back: %v", w.number, err)
			return false
		}
	}
}

// walk has a page that is joined send events until stop is closed, and then waits for the
// answer to the last one.
func (w *walker) walk(stop <-chan struct{}) {
	held := false // it sends nothing until its socket is closed
	waiting := "" // for the answer to that ref
	next := time.NewTimer(mathrand.N(w.every))
	defer next.Stop()
	var overdue <-chan time.Time
	stopping := stop
	for {
		select {
		case <-stopping:
			stopping = nil
			if waiting == "" {
				return
			}
		case <-next.C:
			next.Reset(w.every/2 + mathrand.N(w.every))
			if w.drops != nil && stopping != nil && w.drops.IntN(15) == 0 {
				if waiting != "" {
					w.sent[len(w.sent)-1].cut = true
				}
				_ = w.conn.Close() // the reader says so
				continue
			}
			if waiting != "" || held || stopping == nil {
				continue
			}
			if ref, err := w.click(); err == nil {
				waiting, overdue = ref, time.After(patience)
			}
		case <-overdue:
			w.journal.problem("walker %d: event %d isn't answered", w.number, len(w.sent))
			waiting, overdue = "", nil
		case f := <-w.frames:
			switch {
			case f.lost != nil:
				began := time.Now()
				w.lost(f.lost)
				if waiting != "" {
					w.sent[len(w.sent)-1].lost = began
				}
				waiting, overdue, held = "", nil, false
				if !w.reconnect(stop) {
					return
				}
				w.journal.do(func() { w.journal.outages = append(w.journal.outages, time.Since(began)) })
				continue
			case f.event == "lv:hold":
				w.ref++
				_ = w.push(strconv.Itoa(w.ref), "lv:held", map[string]any{}) // or the reader says why
				held = true
			case f.event == "lv:state":
				var p struct{ State string }
				_ = json.Unmarshal(f.payload, &p)
				w.state = p.State
				if p.State == "" {
					w.journal.problem("walker %d: the state isn't handed on", w.number)
				}
			case f.event == "phx_error", f.event == "phx_close":
				w.journal.problem("walker %d: %s", w.number, f.raw)
			default:
				if f.event == "diff" || strings.Contains(string(f.payload), `"diff"`) {
					w.state = ""
				}
				w.look(f.raw)
			}
			if f.event == "phx_reply" && f.ref == waiting && waiting != "" {
				if !strings.Contains(string(f.payload), `"status":"ok"`) {
					w.journal.problem("walker %d: %s", w.number, f.raw)
				}
				last := &w.sent[len(w.sent)-1]
				last.answered = time.Now()
				took := last.answered.Sub(last.at)
				w.journal.do(func() { w.journal.clicks = append(w.journal.clicks, timed{last.at, took}) })
				waiting, overdue = "", nil
				if stopping == nil {
					return
				}
			}
		}
	}
}

// lost notes why the socket was.
func (w *walker) lost(err error) {
	code := websocket.CloseAbnormalClosure
	if ce := (*websocket.CloseError)(nil); errors.As(err, &ce) {
		code = ce.Code
	}
	w.journal.do(func() {
		if w.journal.codes == nil {
			w.journal.codes = map[int]int{}
		}
		w.journal.codes[code]++
	})
	_ = w.conn.Close()
}
