package house

import (
	"bytes"
	"encoding/json"
	"errors"
	"go/importer"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/gin-liveview/liveview"

// listed is a package as "go list" tells of it.
type listed struct {
	ImportPath string
	Dir        string
	Export     string   // the file that has its types, for those who import it
	GoFiles    []string // for this platform, without tests
	Imports    []string
	Deps       []string // all that it imports, directly or not
	Standard   bool     // is of the standard library
	DepOnly    bool     // was not asked for
}

// list asks the go command for packages and all that they import. With the
// flags of this test's own build nothing has to be compiled for it.
func list(t *testing.T, patterns ...string) map[string]listed {
	t.Helper()
	return listIn(t, ".", patterns...)
}

// listIn is list in the module of a folder.
func listIn(t *testing.T, dir string, patterns ...string) map[string]listed {
	t.Helper()
	args := append([]string{"list", "-export", "-deps", "-json=ImportPath,Dir,Export,GoFiles,Imports,Deps,Standard,DepOnly"}, ownFlags()...)
	cmd := exec.Command("go", append(args, patterns...)...)
	cmd.Dir = dir
	var problems bytes.Buffer
	cmd.Stderr = &problems
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, &problems)
	}
	all := map[string]listed{}
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all[p.ImportPath] = p
	}
}

// ownFlags are the flags of this test's own build.
func ownFlags() []string {
	if build, ok := debug.ReadBuildInfo(); ok && slices.Contains(build.Settings, debug.BuildSetting{Key: "-race", Value: "true"}) {
		return []string{"-race"}
	}
	return nil
}

// imports returns an importer of the packages that list returned.
func imports(all map[string]listed) types.Importer {
	return importer.ForCompiler(token.NewFileSet(), "gc", func(path string) (io.ReadCloser, error) {
		return os.Open(all[path].Export)
	})
}

// In every package files stand above one another: none names what names it,
// directly or by way of others. So each can be read with no more in mind than
// what it names.
func TestFilesFormNoCircle(t *testing.T) {
	all := list(t, module+"/...")
	imports := imports(all)
	for path, p := range all {
		if p.DepOnly || len(p.GoFiles) == 0 {
			continue
		}
		t.Run(strings.TrimPrefix(path, "github.com/gin-liveview/"), func(t *testing.T) {
			found, err := tiesOf(p, imports)
			if err != nil {
				t.Fatal(err)
			}
			for _, circle := range found.circles() {
				t.Error(found.explain(circle))
			}
		})
	}
}

// rooms says what packages may not come to import, not even by way of others.
// Paths are within this module, and stand for a package and those below it; "." is
// the root alone.
var rooms = []struct {
	room   string
	closed func(listed) bool
	why    string
}{
	{"protocol", either(ours, thirdParty, is("net/http")), "the protocol is bytes and values"},
	{"internal", is(module), "the root builds on it"},
	{"internal/engine", is("net/http", "github.com/gin-gonic/gin", "github.com/gorilla/websocket"), "it knows templates, not those who are shown them"},
	{"pubsub", either(is(module), thirdParty), "it carries values for whoever has some, and brokers are modules of their own"},
	{"store", either(is(module), thirdParty), "it keeps bytes for whoever has some, and what it keeps them in are modules of their own"},
	{".", is("github.com/dlclark/regexp2/v2", "github.com/PuerkitoBio/goquery", "github.com/andybalholm/cascadia"), "what tests of pages need is no part of an application"},
	{"presence", either(is(module), thirdParty), "it needs a PubSub and no live page"},
	{"cmd/liveview", either(ours, thirdParty), "it is compiled to be run once"},
}

func ours(p listed) bool {
	return p.ImportPath == module || strings.HasPrefix(p.ImportPath, module+"/")
}

func thirdParty(p listed) bool { return !p.Standard && !ours(p) }

func is(paths ...string) func(listed) bool {
	return func(p listed) bool { return slices.Contains(paths, p.ImportPath) }
}

func either(closed ...func(listed) bool) func(listed) bool {
	return func(p listed) bool {
		return slices.ContainsFunc(closed, func(closed func(listed) bool) bool { return closed(p) })
	}
}

// No package knows of what is above it: see rooms.
func TestRoomsAreClosed(t *testing.T) {
	all := list(t, module+"/...")
	for _, r := range rooms {
		t.Run(r.room, func(t *testing.T) {
			within := func(path string) bool {
				return path == strings.TrimSuffix(module+"/"+r.room, "/.") || strings.HasPrefix(path, module+"/"+r.room+"/")
			}
			found := false
			for path, p := range all {
				if !within(path) || p.DepOnly {
					continue
				}
				found = true
				for _, dep := range p.Deps {
					if !within(dep) && r.closed(all[dep]) {
						t.Errorf("%s: %s", strings.Join(way(all, path, dep), " imports "), r.why)
					}
				}
			}
			if !found {
				t.Error("there is no such package")
			}
		})
	}
}

// way is the shortest way of imports from a package to another.
func way(all map[string]listed, from, to string) []string {
	before := map[string]string{from: ""}
	for queue := []string{from}; len(queue) > 0; queue = queue[1:] {
		for _, next := range all[queue[0]].Imports {
			if _, seen := before[next]; !seen {
				before[next] = queue[0]
				queue = append(queue, next)
			}
		}
	}
	var steps []string
	for at := to; at != ""; at = before[at] {
		steps = append(steps, at)
	}
	slices.Reverse(steps)
	return steps
}

// The tests above are as good as what they find.
func TestCirclesAreFound(t *testing.T) {
	for dir, want := range map[string][]string{
		"circle": {`3 files form a circle: one.go, three.go, two.go
three.go and two.go name each other
	one.go takes from two.go: Two
	three.go takes from one.go: One, next
	three.go takes from two.go: Two.show
	two.go takes from three.go: format
`},
		"pair": {`left.go and right.go name each other
	left.go takes from right.go: right, size
	right.go takes from left.go: left, size
`},
		"layers": nil,
	} {
		t.Run(dir, func(t *testing.T) {
			all := list(t, "./testdata/"+dir)
			found, err := tiesOf(all[module+"/internal/house/testdata/"+dir], imports(all))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, circle := range found.circles() {
				got = append(got, found.explain(circle))
			}
			if !slices.Equal(got, want) {
				t.Errorf("found %q, want %q", got, want)
			}
		})
	}
}

func TestWay(t *testing.T) {
	all := map[string]listed{
		"a": {Imports: []string{"b", "c"}}, "b": {Imports: []string{"d"}}, "c": {Imports: []string{"e"}}, "e": {Imports: []string{"d"}},
	}
	if got, want := way(all, "a", "d"), []string{"a", "b", "d"}; !slices.Equal(got, want) {
		t.Errorf("way = %v, want %v", got, want)
	}
}
