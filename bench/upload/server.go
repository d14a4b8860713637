package main

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/gin-contrib/sessions"
	"github.com/gin-contrib/sessions/cookie"
	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

const key = "a key of at least 32 bytes, for bench"

// state is that of the page, which shows what has arrived.
type state struct{ Bytes int64 }

var page = liveview.MustParse[state](`{{with upload "file"}}<form phx-change="pick" phx-submit="save">{{.FileInput}}</form>
{{range .Entries}}<p>{{.Name}} {{.Progress}}%</p>{{end}}{{end}}<b>{{.Bytes}}</b>`)

type view struct{ size int64 }

func (v view) Mount(_ *gin.Context, s *liveview.Socket[state]) error {
	return s.AllowUpload("file", liveview.UploadConfig{MaxFileSize: v.size})
}

func (view) HandleEvent(s *liveview.Socket[state], e liveview.Event) error {
	if e.Name != "save" {
		return nil
	}
	sizes, err := liveview.ConsumeUploadedEntries(s, "file", func(path string, e liveview.UploadEntry) (int64, error) {
		return keep(path, e.ID)
	})
	for _, n := range sizes {
		s.Assign(func(c *state) { c.Bytes += n })
	}
	return err
}

func (view) Render(c state) liveview.Rendered { return page.Render(c) }

// keep is what an application does with a file: it puts it where it stays. Here
// it is measured and removed, lest the disk fills.
func keep(path, name string) (int64, error) {
	kept := filepath.Join(os.TempDir(), "kept-"+name)
	if err := os.Rename(path, kept); err != nil {
		return 0, err
	}
	info, err := os.Stat(kept)
	if err != nil {
		return 0, err
	}
	return info.Size(), os.Remove(kept)
}

func runServer(size int) error {
	gin.SetMode(gin.ReleaseMode)
	r := gin.New()
	r.Use(sessions.Sessions("bench", cookie.NewStore([]byte(key))))
	r.Use(liveview.Middleware(liveview.Config{Secret: liveview.NewSecret(key)}))
	liveview.Handle(r, "/", view{int64(size)})
	r.POST("/multipart", func(c *gin.Context) {
		header, err := c.FormFile("file")
		if err != nil {
			_ = c.AbortWithError(http.StatusBadRequest, err)
			return
		}
		kept := filepath.Join(os.TempDir(), "multipart-"+strconv.FormatInt(time.Now().UnixNano(), 36)+c.Query("n"))
		if err := c.SaveUploadedFile(header, kept); err != nil {
			_ = c.AbortWithError(http.StatusInternalServerError, err)
			return
		}
		n, err := keep(kept, filepath.Base(kept))
		if err != nil {
			_ = c.AbortWithError(http.StatusInternalServerError, err)
			return
		}
		c.String(http.StatusOK, "%d", n)
	})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println("http://" + l.Addr().String())
	return (&http.Server{Handler: r, ReadHeaderTimeout: 10 * time.Second}).Serve(l)
}

// server is this command's other process.
type server struct {
	cmd  *exec.Cmd
	base string
	dir  string
}

func startServer(size int) (*server, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "bench-upload-")
	if err != nil {
		return nil, err
	}
	s := &server{dir: dir, cmd: exec.Command(self, "-serve", "-size", strconv.Itoa(size))}
	s.cmd.Env = append(os.Environ(), "TMPDIR="+dir)
	s.cmd.Stderr = os.Stderr
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return nil, errors.Join(err, s.cmd.Wait())
	}
	s.base = strings.TrimSpace(line)
	return s, nil
}

func (s *server) stop() {
	_ = s.cmd.Process.Kill()
	_ = s.cmd.Wait()
	_ = os.RemoveAll(s.dir)
}

// left counts the files in the server's temporary directory.
func (s *server) left() (n int) {
	_ = filepath.WalkDir(s.dir, func(_ string, d os.DirEntry, _ error) error {
		if !d.IsDir() {
			n++
		}
		return nil
	})
	return n
}

// memory returns a figure of /proc/pid/status, in bytes.
func (s *server) memory(name string) int64 {
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	for line := range strings.Lines(string(b)) {
		if rest, ok := strings.CutPrefix(line, name+":"); ok {
			n, _ := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB")), 10, 64)
			return n << 10
		}
	}
	return 0
}

// resetPeak has VmHWM begin anew.
func (s *server) resetPeak() {
	_ = os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", s.cmd.Process.Pid), []byte("5"), 0)
}

// cpu is the CPU time that the server has taken.
func (s *server) cpu() time.Duration {
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.cmd.Process.Pid))
	_, rest, _ := strings.Cut(string(b), ") ")
	fields := strings.Fields(rest)
	if len(fields) < 13 {
		return 0
	}
	user, _ := strconv.ParseInt(fields[11], 10, 64)
	system, _ := strconv.ParseInt(fields[12], 10, 64)
	return time.Duration(user+system) * 10 * time.Millisecond // a tick is 1/100 s
}
