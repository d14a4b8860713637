// Package catalog is a list and its details: what is filtered, sorted and
// opened stands in the URL, so that it can be bookmarked, shared and gone back
// to. A menu and breadcrumbs stand around both and follow them.
package catalog

import (
	"cmp"
	_ "embed"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

//go:embed frame.html
var frameSource string

//go:embed list.html
var listSource string

//go:embed detail.html
var detailSource string

var (
	framePage  = liveview.MustParse[Frame](frameSource)
	listPage   = liveview.MustParse[List](listSource)
	detailPage = liveview.MustParse[Detail](detailSource)
)

// Tree is one entry of the catalog.
type Tree struct {
	ID     int
	Name   string
	Kind   string
	Height int // metres
	Seen   int // how often visitors have reported one
}

// Store holds the trees of all visitors. It is safe for concurrent use.
type Store struct {
	mu    sync.Mutex // guards trees
	trees []Tree
}

// NewStore returns a store of some well-known trees.
func NewStore() *Store {
	s := &Store{}
	for i, line := range strings.Split(strings.TrimSpace(trees), "\n") {
		f := strings.Split(line, ",")
		height, _ := strconv.Atoi(f[2])
		s.trees = append(s.trees, Tree{ID: i + 1, Name: f[0], Kind: f[1], Height: height})
	}
	return s
}

var errUnknown = errors.New("catalog: no such tree")

func (s *Store) find(id int) (Tree, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if id < 1 || id > len(s.trees) {
		return Tree{}, errUnknown
	}
	return s.trees[id-1], nil
}

func (s *Store) see(id int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if id < 1 || id > len(s.trees) {
		return errUnknown
	}
	s.trees[id-1].Seen++
	return nil
}

func (s *Store) search(query, kind, sort string) []Tree {
	s.mu.Lock()
	defer s.mu.Unlock()
	found := slices.DeleteFunc(slices.Clone(s.trees), func(t Tree) bool {
		return kind != "" && t.Kind != kind || !strings.Contains(strings.ToLower(t.Name), strings.ToLower(query))
	})
	switch sort {
	case "height":
		slices.SortStableFunc(found, func(a, b Tree) int { return cmp.Compare(b.Height, a.Height) })
	case "seen":
		slices.SortStableFunc(found, func(a, b Tree) int { return cmp.Compare(b.Seen, a.Seen) })
	default:
		slices.SortStableFunc(found, func(a, b Tree) int { return cmp.Compare(a.Name, b.Name) })
	}
	return found
}

// Routes adds the list and its details to r, at /catalog and /catalog/:id.
func (s *Store) Routes(r gin.IRouter) {
	catalog := r.Group("/catalog", liveview.UseInnerLayout(framePage, frameOf))
	liveview.Handle(catalog, "", listView{s})
	liveview.Handle(catalog, "/:id", detailView{s})
}

// Frame is what stands around the pages of the catalog.
type Frame struct {
	Kinds []string
	Kind  string // of the trees that are shown; "" for all
	Name  string // of the tree that is shown; "" for a list
}

// frameOf is called with each render, so the menu is never behind the page.
func frameOf(_ *liveview.Meta, state any) Frame {
	f := Frame{Kinds: kinds}
	switch st := state.(type) {
	case List:
		f.Kind = st.Kind
	case Detail:
		f.Kind, f.Name = st.Kind, st.Name
	}
	return f
}

var kinds = []string{"broadleaf", "conifer"}

// List is the state of the list: what the URL says, and what it finds.
type List struct {
	Query, Kind, Sort string
	Kinds             []string
	Trees             []Tree
}

type listView struct{ store *Store }

func (listView) Mount(_ *gin.Context, s *liveview.Socket[List]) error {
	s.PageTitle("Trees")
	s.Assign(func(st *List) { st.Kinds = kinds })
	return nil
}

// HandleParams is the only place that changes the list: whatever the visitor
// does, the URL changes first.
func (v listView) HandleParams(c *gin.Context, s *liveview.Socket[List]) error {
	query, kind, sort := c.Query("q"), c.Query("kind"), c.Query("sort")
	s.Assign(func(st *List) {
		st.Query, st.Kind, st.Sort = query, kind, sort
		st.Trees = v.store.search(query, kind, sort)
	})
	return nil
}

// HandleEvent takes what is typed into the URL, without a history entry for
// each letter.
func (listView) HandleEvent(s *liveview.Socket[List], e liveview.Event) error {
	params := e.Values()
	for name, values := range params {
		if name != "q" && name != "kind" && name != "sort" || values[0] == "" {
			params.Del(name)
		}
	}
	return s.PushPatch("/catalog", params, liveview.HistoryReplace)
}

func (listView) Render(st List) liveview.Rendered { return listPage.Render(st) }

// Detail is the state of one tree's page.
type Detail struct {
	Tree
	Previous, Next int // 0 for none
}

type detailView struct{ store *Store }

func (v detailView) HandleParams(c *gin.Context, s *liveview.Socket[Detail]) error {
	id, _ := strconv.Atoi(c.Param("id"))
	tree, err := v.store.find(id)
	if err != nil {
		c.String(http.StatusNotFound, "There is no such tree.")
		return nil //nolint:nilerr // the visitor's mistake, and answered
	}
	s.PageTitle(tree.Name)
	s.Assign(func(st *Detail) {
		*st = Detail{Tree: tree, Previous: id - 1}
		if _, err := v.store.find(id + 1); err == nil {
			st.Next = id + 1
		}
	})
	return nil
}

func (v detailView) HandleEvent(s *liveview.Socket[Detail], e liveview.Event) error {
	if e.Name != "seen" {
		return nil
	}
	tree := s.State().Tree
	if err := v.store.see(tree.ID); err != nil {
		return err
	}
	s.PutFlash("info", "You have seen a "+tree.Name+".")
	return s.PushRedirect("/catalog", nil)
}

func (detailView) Render(st Detail) liveview.Rendered { return detailPage.Render(st) }

const trees = `
Beech,broadleaf,40
Birch,broadleaf,25
Blackthorn,broadleaf,4
Cherry,broadleaf,25
Douglas fir,conifer,60
Elm,broadleaf,35
Hazel,broadleaf,6
Hornbeam,broadleaf,25
Juniper,conifer,10
Larch,conifer,50
Lime,broadleaf,40
Maple,broadleaf,30
Oak,broadleaf,40
Scots pine,conifer,40
Rowan,broadleaf,15
Silver fir,conifer,60
Spruce,conifer,55
Willow,broadleaf,25
Yew,conifer,20
`
