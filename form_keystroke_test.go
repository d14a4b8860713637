package liveview_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/gin-liveview/liveview"
)

// Keystrokes one after the other come to what the last body comes to by itself.
func TestKeystrokesComeToTheSame(t *testing.T) {
	names := []string{"p[name]", "p[again]", "p[city]", "p[addr][city]", "p[titles][de]", "p[vs][7][sku]", "p[vs][7][price]", "p[vs][7][subs][0][n]", "p[vs][7][subs][0][at]", "p[vs][8][sku]", "p[ps][0][n]", "p[ps][1][at]", "p[m][a][n]", "p[dur]", "p[f]"}
	texts := []string{"", " ", "a", "abcdefgh", "12", "12.5", "-1", "0", "nan", "2024-01-02", "1h", "9999h", "%", "ä"}
	failed := 0
	seeds := uint64(600)
	if *slow {
		seeds = 4000
	}
	for seed := range seeds {
		r := rand.New(rand.NewPCG(seed, 2))
		price := money{5}
		loaded := editedProduct{Name: "x", Addr: &editedBase{"y"}, Vs: []editedVariant{{ID: 7, Sku: "a", Price: &price, Subs: []*editedSub{{N: 3}}}}}
		values := make([]string, len(names))
		f := liveview.FormOf(loaded, liveview.As("p"))
		var log []string
		for range 6 {
			i := r.IntN(len(names))
			values[i] = texts[r.IntN(len(texts))]
			var b []string
			for j, name := range names {
				b = append(b, name+"="+values[j])
			}
			body := strings.Join(b, "&")
			log = append(log, names[i]+"="+values[i])
			e := typed(t, names[i], body)
			f = f.Apply(e)
			whole := liveview.FormOf(loaded, liveview.As("p")).Apply(e)
			if got, want := editedText(f), editedText(whole); got != want {
				t.Errorf("seed %d: %s\n got %s\nwant %s", seed, strings.Join(log, "; "), got, want)
				if failed++; failed > 3 {
					return
				}
				break
			}
		}
	}
}

func editedText(f liveview.Form[editedProduct]) string {
	v := f.Value
	s := fmt.Sprint(v.City, v.Name, v.Again, v.On, v.Titles, v.M, v.Dur, v.F, f.Errors(), f.Valid(), f.Changed())
	if v.Addr != nil {
		s += fmt.Sprint(*v.Addr)
	}
	if v.Ps != nil {
		s += fmt.Sprint(*v.Ps)
	}
	for _, row := range v.Vs {
		s += fmt.Sprint(row.ID, row.Sku, row.Price, row.Tags)
		for _, sub := range row.Subs {
			s += fmt.Sprint(*sub)
		}
	}
	return s
}
