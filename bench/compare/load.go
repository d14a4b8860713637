package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gin-liveview/liveview/bench/internal/proc"
)

// figure is what one server took in one round.
type figure struct {
	cost  float64 // microseconds of CPU time for an operation, or KiB for a view
	bytes float64 // to the client for an operation
	noise float64 // cores that other processes kept busy meanwhile
}

// load puts one kind of work on a server for about that long.
type load func(ctx context.Context, s *server, d time.Duration) (figure, error)

// meter holds the times at the start of a measured stretch.
type meter struct {
	pid                   int
	start                 time.Time
	server, self, machine time.Duration
}

func readTimes(pid int) (m meter, err error) {
	m.pid, m.start = pid, time.Now()
	if m.server, err = proc.CPU(pid); err != nil {
		return m, err
	}
	if m.self, err = proc.CPU(os.Getpid()); err != nil {
		return m, err
	}
	m.machine, err = proc.MachineCPU()
	return m, err
}

var errNothingDone = errors.New("no operation was finished in time")

// figure ends the stretch.
func (m meter) figure(operations int, received int64) (figure, error) {
	end, err := readTimes(m.pid)
	if err != nil {
		return figure{}, err
	}
	if operations == 0 {
		return figure{}, errNothingDone
	}
	spent := end.server - m.server
	others := end.machine - m.machine - spent - (end.self - m.self)
	return figure{
		cost:  float64(spent.Nanoseconds()) / 1e3 / float64(operations),
		bytes: float64(received) / float64(operations),
		noise: max(0, others.Seconds()/end.start.Sub(m.start).Seconds()),
	}, nil
}

// repeat has each worker do the operation again and again until the time is up.
func repeat(s *server, workers int, d time.Duration, operation func(worker int) (received int64, err error)) (figure, error) {
	m, err := readTimes(s.process.Process.Pid)
	if err != nil {
		return figure{}, err
	}
	var (
		operations, received atomic.Int64
		failed               failure
		group                sync.WaitGroup
	)
	for w := range workers {
		group.Go(func() {
			var done, bytes int64
			for end := m.start.Add(d); time.Now().Before(end); done++ {
				n, err := operation(w)
				if err != nil {
					failed.set(err)
					return
				}
				bytes += n
			}
			operations.Add(done)
			received.Add(bytes)
		})
	}
	group.Wait()
	if err := failed.get(); err != nil {
		return figure{}, err
	}
	return m.figure(int(operations.Load()), received.Load())
}

// failure keeps the first error of several goroutines.
type failure struct {
	mu    sync.Mutex // guards first
	first error
}

func (f *failure) set(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.first == nil {
		f.first = err
	}
}

func (f *failure) get() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.first
}

// renders fetches the page, as n visitors at a time.
func renders(path string, n int) load {
	return func(ctx context.Context, s *server, d time.Duration) (figure, error) {
		visitors, closeAll := newVisitors(s, path, n)
		defer closeAll()
		return repeat(s, n, d, func(w int) (int64, error) {
			_, _, received, err := visitors[w].get(ctx)
			return received, err
		})
	}
}

// visits fetches the page, joins and leaves, as n visitors at a time.
func visits(path string, n int) load {
	return func(ctx context.Context, s *server, d time.Duration) (figure, error) {
		visitors, closeAll := newVisitors(s, path, n)
		defer closeAll()
		return repeat(s, n, d, func(w int) (int64, error) {
			v, err := visitors[w].visit(ctx)
			if err != nil {
				return 0, err
			}
			v.close()
			return v.visit, nil
		})
	}
}

// joins has n pages open their sockets and join, again and again, over a new connection each
// time. kept says that they lose the last one before, so that their views are kept; or else
// they leave.
func joins(path string, n int, kept bool) load {
	return func(ctx context.Context, s *server, d time.Duration) (figure, error) {
		visitors, closeAll := newVisitors(s, path, n)
		defer closeAll()
		pages, cookies := make([]page, n), make([][]*http.Cookie, n)
		end, name := (*view).close, ""
		if kept {
			end, name = (*view).cut, "a page"
		}
		join := func(w int) (int64, error) {
			v, err := visitors[w].join(ctx, pages[w], cookies[w], name)
			if err != nil {
				return 0, err
			}
			end(v)
			return v.wire.received, nil
		}
		for w, v := range visitors {
			body, own, _, err := v.get(ctx)
			if err != nil {
				return figure{}, err
			}
			if pages[w], err = parsePage(body); err != nil {
				return figure{}, err
			}
			cookies[w] = own
			if _, err := join(w); err != nil { // of which the others find a view that is kept
				return figure{}, err
			}
		}
		return repeat(s, n, d, join)
	}
}

// nestedSession finds the session of what is nested in a join's reply, which no JSON escapes.
var nestedSession = regexp.MustCompile(`[A-Za-z0-9_-]{40,}={0,2}`)

// nestedJoins has n pages join the view of that id which stands in them, and leave it, again
// and again over the page's socket.
func nestedJoins(path, id string, n int) load {
	return func(ctx context.Context, s *server, d time.Duration) (figure, error) {
		views, err := openViews(ctx, s, path, n)
		if err != nil {
			return figure{}, err
		}
		defer closeViews(views)
		return repeat(s, n, d, func(w int) (int64, error) {
			return views[w].nested(id, nestedSession.FindString(views[w].joined))
		})
	}
}

func newVisitors(s *server, path string, n int) (visitors []*visitor, closeAll func()) {
	for i := range n {
		visitors = append(visitors, &visitor{address: s.address, path: path, source: i, deflate: s.deflates})
	}
	return visitors, func() {
		for _, v := range visitors {
			v.close()
		}
	}
}

// openViews opens n views of a page. On an error none stays open.
func openViews(ctx context.Context, s *server, path string, n int) ([]*view, error) {
	const workers = 16
	visitors, closeAll := newVisitors(s, path, min(n, workers))
	defer closeAll()
	views := make([]*view, n)
	var (
		next   atomic.Int64
		failed failure
		group  sync.WaitGroup
	)
	for _, v := range visitors {
		group.Go(func() {
			for i := next.Add(1) - 1; i < int64(n); i = next.Add(1) - 1 {
				var err error
				if views[i], err = v.visit(ctx); err != nil {
					failed.set(err)
					return
				}
			}
		})
	}
	group.Wait()
	if err := failed.get(); err != nil {
		closeViews(views)
		return nil, err
	}
	return views, nil
}

func closeViews(views []*view) {
	for _, v := range views {
		if v != nil {
			v.close()
		}
	}
}

// events clicks on n views at a time, each click after the last one's reply.
func events(path, event string, n int) load { return clicks(path, event, 0, n) }

// keystrokes is events of a form of 100 fields, each of which differs in one field from
// the one before. Half of the fields nobody has been to.
func keystrokes(path, event string, n int) load {
	return func(ctx context.Context, s *server, d time.Duration) (figure, error) {
		views, err := openViews(ctx, s, path, n)
		if err != nil {
			return figure{}, err
		}
		defer closeViews(views)
		for _, v := range views {
			v.typed = [2]string{formBody("Ad"), formBody("Ada")}
			for range 2 {
				if _, err := v.click(event); err != nil {
					return figure{}, err
				}
			}
		}
		return repeat(s, n, d, func(w int) (int64, error) { return views[w].click(event) })
	}
}

// formBody is what the form of /form sends with that text in f[a][name], escaped as the
// client does it.
func formBody(text string) string {
	var b strings.Builder
	values := map[string]string{"email": "ada@example.com", "price": "12.50", "count": "12", "ratio": "1.5", "code": "A1", "kind": "a"}
	for _, group := range strings.Split("abcdefghij", "") {
		for i, name := range []string{"name", "email", "price", "count", "ratio", "nick", "note", "city", "code", "kind"} {
			value := values[name]
			switch {
			case group == "a" && name == "name":
				value = text
			case value == "":
				value = "some text"
			}
			if i%2 == 1 {
				b.WriteString("&" + url.QueryEscape("f["+group+"][_unused_"+name+"]") + "=")
			}
			b.WriteString("&" + url.QueryEscape("f["+group+"]["+name+"]") + "=" + url.QueryEscape(value))
		}
	}
	return b.String()[1:]
}

// clicks is events in the live component of that number.
func clicks(path, event string, cid, n int) load {
	return func(ctx context.Context, s *server, d time.Duration) (figure, error) {
		views, err := openViews(ctx, s, path, n)
		if err != nil {
			return figure{}, err
		}
		defer closeViews(views)
		for _, v := range views { // what only a first event costs isn't measured
			v.cid = cid
			if _, err := v.click(event); err != nil {
				return figure{}, err
			}
		}
		return repeat(s, n, d, func(w int) (int64, error) { return views[w].click(event) })
	}
}

// broadcasts has one view make the server update n others, again and again. An
// operation is one update delivered.
func broadcasts(path, event string, n int) load {
	return func(ctx context.Context, s *server, d time.Duration) (figure, error) {
		views, err := openViews(ctx, s, path, n+1)
		if err != nil {
			return figure{}, err
		}
		var (
			got, received atomic.Int64
			failed        = make(chan error, len(views)) // a reader's last word
			all           = make(chan struct{}, 1)
			group         sync.WaitGroup // the readers
		)
		defer group.Wait()
		defer closeViews(views)
		first, others := views[0], views[1:]
		for i, v := range views {
			if err := v.conn.SetReadDeadline(time.Time{}); err != nil {
				return figure{}, err
			}
			group.Go(func() {
				for {
					before := v.wire.received
					f, err := v.read()
					if err != nil {
						failed <- err
						return
					}
					if i == 0 || f.event != "diff" { // the first view only fires
						continue
					}
					received.Add(v.wire.received - before)
					if got.Add(1)%int64(len(others)) == 0 {
						select {
						case all <- struct{}{}:
						default: // more updates than were asked for: nobody waits
						}
					}
				}
			})
		}
		fire := func() error {
			if _, err := first.send(event); err != nil {
				return err
			}
			select {
			case <-all:
				return nil
			case err := <-failed:
				return err
			case <-time.After(patience):
				return fmt.Errorf("only %d of %d updates arrive", got.Load()%int64(len(others)), len(others))
			}
		}
		if err := fire(); err != nil { // what only a first event costs isn't measured
			return figure{}, err
		}
		got.Store(0)
		received.Store(0)
		m, err := readTimes(s.process.Process.Pid)
		if err != nil {
			return figure{}, err
		}
		for end := m.start.Add(d); time.Now().Before(end); {
			if err := fire(); err != nil {
				return figure{}, err
			}
		}
		return m.figure(int(got.Load()), received.Load())
	}
}

// idle opens n views and leaves them alone. The figure is what the server's
// resident memory has grown by, for each view, a while after.
func idle(path string, n int, hold time.Duration) load {
	return func(ctx context.Context, s *server, _ time.Duration) (figure, error) {
		pid := s.process.Process.Pid
		warm, err := openViews(ctx, s, path, min(n, 200)) // what the first views bring stays out
		if err != nil {
			return figure{}, err
		}
		closeViews(warm)
		if err := pause(ctx, 2*time.Second); err != nil {
			return figure{}, err
		}
		before, err := proc.Memory(pid)
		if err != nil {
			return figure{}, err
		}
		views, err := openViews(ctx, s, path, n)
		if err != nil {
			return figure{}, err
		}
		var group sync.WaitGroup // the readers
		defer group.Wait()
		defer closeViews(views)
		lost := make(chan error, len(views)) // a reader's last word
		for _, v := range views {
			if err := v.conn.SetReadDeadline(time.Time{}); err != nil {
				return figure{}, err
			}
			group.Go(func() {
				for {
					if _, err := v.read(); err != nil {
						lost <- err
						return
					}
				}
			})
		}
		if err := pause(ctx, hold); err != nil {
			return figure{}, err
		}
		select {
		case err := <-lost:
			return figure{}, fmt.Errorf("an idle view is lost: %w", err)
		default:
		}
		after, err := proc.Memory(pid)
		return figure{cost: float64(after-before) / 1024 / float64(n)}, err
	}
}

// pause waits, unless the run is given up.
func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
