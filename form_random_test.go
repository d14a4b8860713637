package liveview_test

import (
	"fmt"
	"math/rand/v2"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/gin-liveview/liveview"
)

type editedVariant struct {
	ID    int          `form:"-,key"`
	Sku   string       `form:"sku" binding:"required,max=5"`
	Price *money       `form:"price" binding:"omitempty,gt=0"`
	Tags  []string     `form:"tags"`
	Subs  []*editedSub `form:"subs" binding:"max=3"`
}
type editedSub struct {
	N  int       `form:"n" binding:"min=2"`
	At time.Time `form:"at" time_format:"2006-01-02"`
}
type editedBase struct {
	City string `form:"city" binding:"required"`
}
type editedProduct struct {
	editedBase
	Secret string
	Admin  bool                 `form:"-"`
	Name   string               `form:"name" binding:"required"`
	Again  string               `form:"again" binding:"eqfield=Name"`
	Addr   *editedBase          `form:"addr"`
	On     bool                 `form:"on"`
	Titles map[string]string    `form:"titles" binding:"dive,min=2"`
	Vs     []editedVariant      `form:"vs" binding:"min=1"`
	Ps     *[]editedSub         `form:"ps"`
	M      map[string]editedSub `form:"m"`
	Dur    time.Duration        `form:"dur" binding:"max=1h"`
	F      float64              `form:"f"`
}

// TestRandomEdits applies random events to a form, and holds what comes out against the same
// state of affairs read as a whole; nothing panics, nothing untagged is set.
func TestRandomEdits(t *testing.T) {
	names := []string{"p[name]", "p[again]", "p[city]", "p[addr][city]", "p[on]", "p[titles][de]", "p[titles][x y]", "p[vs][0][sku]", "p[vs][7][sku]", "p[vs][7][price]", "p[vs][n2][price]", "p[vs][7][tags][]", "p[vs][7][subs][0][n]", "p[vs][7][subs][0][at]", "p[vs_sort][]", "p[vs_drop][]", "p[vs_up][]", "p[vs_down][]", "p[ps][0][n]", "p[ps][1][at]", "p[ps_sort][]", "p[m][a][n]", "p[m][.][at]", "p[dur]", "p[f]", "p[Secret]", "p[Admin]", "p[admin]", "p[secret]", "Secret", "p[vs][7][ID]", "p[vs][7][id]", "p[vs][7][]", "p[]", "p", "[", "]", "p[vs][7", "p[vs]]", "p[vs][7][subs_sort][]", "p[_version]", "p[editedBase][city]", "p[name][]", "p[vs][][sku]"}
	texts := []string{"", " ", "a", "abcdefgh", "12", "12.5", "1e999", "-1", "nan", "2024-01-02", "1h", "9999h", "true", "on", "new", "new-1", "7", "7@0", "0", "n2", "\x00", "n99999999999999999999", "999999999"}
	seeds := uint64(1000)
	if *slow {
		seeds = 3000
	}
	for seed := range seeds {
		r := rand.New(rand.NewPCG(seed, 1))
		price := money{5}
		loaded := editedProduct{Secret: "s", Admin: true, Name: "x", Addr: &editedBase{"y"}, Vs: []editedVariant{{ID: 7, Sku: "a", Price: &price, Subs: []*editedSub{{N: 3}}}}, Titles: map[string]string{"de": "Titel"}}
		f := liveview.FormOf(loaded, liveview.As("p"))
		var fields [][2]string
		var log []string
		for range 1 + r.IntN(6) {
			switch {
			case len(fields) > 0 && r.IntN(2) == 0:
				fields[r.IntN(len(fields))][1] = texts[r.IntN(len(texts))]
			default:
				for range 1 + r.IntN(5) {
					fields = append(fields, [2]string{names[r.IntN(len(names))], texts[r.IntN(len(texts))]})
				}
			}
			var b []string
			for _, f := range fields {
				if r.IntN(5) == 0 {
					b = append(b, protocolUnused(f[0])+"=")
				}
				b = append(b, f[0]+"="+f[1])
			}
			target := fields[r.IntN(len(fields))][0]
			if r.IntN(4) == 0 {
				target = ""
			}
			body := strings.Join(b, "&")
			log = append(log, target+": "+url.QueryEscape(body))
			func() {
				defer func() {
					if v := recover(); v != nil {
						t.Fatalf("%v\n%s", v, strings.Join(log, "\n"))
					}
				}()
				e := typed(t, target, body)
				before := fmt.Sprintf("%+v", f.Value)
				prev := f
				f = f.Apply(e)
				if fmt.Sprintf("%+v", prev.Value) != before {
					t.Fatalf("the form before changed\n%s", strings.Join(log, "\n"))
				}
				f.Stale(loaded)
				f.Changed()
				f.Errors()
				if rows, err := f.List("vs"); err == nil {
					for _, row := range rows {
						_, _ = row.Field("sku")
						_, _ = row.List("subs")
						row.Up()
					}
				}
				f.Check("name", false, "taken")
			}()
			if f.Value.Secret != "s" || !f.Value.Admin {
				t.Fatalf("mass assignment: %+v\n%s", f.Value, strings.Join(log, "\n"))
			}
			for _, v := range f.Value.Vs {
				if v.ID != 0 && v.ID != 7 {
					t.Fatalf("ID %d\n%s", v.ID, strings.Join(log, "\n"))
				}
			}
			if !reflect.DeepEqual(f.Loaded(), editedProduct{Secret: "s", Admin: true, Name: "x", Addr: &editedBase{"y"}, Vs: []editedVariant{{ID: 7, Sku: "a", Price: &money{5}, Subs: []*editedSub{{N: 3}}}}, Titles: map[string]string{"de": "Titel"}}) {
				t.Fatalf("what was loaded has changed: %+v\n%s", f.Loaded(), strings.Join(log, "\n"))
			}
		}
	}
}

func protocolUnused(name string) string {
	if i := strings.LastIndexByte(strings.TrimSuffix(name, "[]"), '['); i > 0 {
		return name[:i+1] + "_unused_" + name[i+1:]
	}
	return "_unused_" + name
}
