package liveview_test

import (
	"errors"
	"fmt"
	"math/big"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/gin-liveview/liveview"
)

// exponent is a decimal that keeps its exponent, as the most used package for decimals
// has it: "1e9" is a 1 with an exponent, and becomes a billion digits when it is written.
type exponent struct {
	digits int64
	exp    int
}

func (d *exponent) UnmarshalText(b []byte) error {
	text, exp, _ := strings.Cut(strings.ToLower(string(b)), "e")
	d.exp = 0
	if exp != "" {
		if _, err := fmt.Sscan(exp, &d.exp); err != nil {
			return err
		}
	}
	whole, part, _ := strings.Cut(text, ".")
	d.exp -= len(part)
	_, err := fmt.Sscan(whole+part, &d.digits)
	return err
}

func (d exponent) MarshalText() ([]byte, error) {
	if d.exp >= 0 {
		n := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(d.exp)), nil)
		return []byte(n.Mul(n, big.NewInt(d.digits)).String()), nil
	}
	return []byte(big.NewRat(d.digits, new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(-d.exp)), nil).Int64()).FloatString(-d.exp)), nil
}

// A number that takes a few bytes to type doesn't take gigabytes to be held against a rule.
func TestDecimalWithAHugeExponent(t *testing.T) {
	type in struct {
		Price exponent `form:"price" binding:"gt=0"`
	}
	if f := liveview.FormOf(in{}).Apply(typed(t, "", "price=1e2")); !f.Valid() {
		t.Fatal(f.Errors())
	}
	began := time.Now()
	f := liveview.FormOf(in{}).Apply(typed(t, "", "price=1e5000000"))
	if took := time.Since(began); took > 100*time.Millisecond {
		t.Errorf("it took %v", took)
	}
	if f.Valid() || f.Errors()["price"] == "" {
		t.Errorf("the errors are %v", f.Errors())
	}
	if got := fieldOf(t, f, "price"); got.Value != "1e5000000" {
		t.Errorf("the text became %q", got.Value)
	}
}

// A change of many fields at once costs no more than reading the form as a whole.
func TestManyChangedFieldsOfALargeForm(t *testing.T) {
	var a, b strings.Builder
	for _, n := range fieldNames(reflect.TypeFor[hundred](), "") {
		fmt.Fprintf(&a, "&%s=1", n)
		for range 90 {
			fmt.Fprintf(&b, "&%s=2", n)
		}
	}
	f := liveview.FormOf(hundred{}).Apply(typed(t, "a[name]", a.String()[1:]))
	whole := func() time.Duration {
		e := typed(t, "a[name]", b.String()[1:])
		began := time.Now()
		liveview.FormOf(hundred{}).Apply(e)
		return time.Since(began)
	}()
	e := typed(t, "a[name]", b.String()[1:])
	began := time.Now()
	f.Apply(e)
	took := time.Since(began)
	t.Logf("%d bytes: as a whole %v, as a difference %v", b.Len(), whole, took)
	if took > 20*whole {
		t.Errorf("%d bytes: as a whole %v, as a difference %v", b.Len(), whole, took)
	}
}

// What a form holds follows what was posted: rows of which one field of few bytes came
// don't hold what all their fields would.
func TestMemoryOfHostileRows(t *testing.T) {
	type sub struct {
		A string `form:"a" binding:"required"`
	}
	type row struct {
		A string  `form:"a" binding:"required"`
		B string  `form:"b" binding:"required,max=40"`
		C money   `form:"c" binding:"required,gt=0"`
		D int     `form:"d" binding:"required"`
		E float64 `form:"e"`
		F string  `form:"f" binding:"omitempty,email"`
		G string  `form:"g"`
		H bool    `form:"h"`
		I []sub   `form:"i"`
		J string  `form:"j" binding:"oneof=a b"`
	}
	type in struct {
		R []row          `form:"r"`
		M map[string]row `form:"m"`
	}
	for _, list := range []string{"r", "m"} {
		for _, name := range []string{"a", "h", "i[0][a]"} {
			for _, target := range []string{"", "r[0][a]"} {
				var body strings.Builder
				for i := range 10_000 {
					fmt.Fprintf(&body, "&%s[%d][%s]=", list, i, name)
				}
				e := typed(t, target, body.String()[1:])
				before := heap()
				f := liveview.FormOf(in{}).Apply(e)
				held := heap() - before
				t.Logf("%d bytes to %q hold %d, %.1f each", body.Len(), target, held, float64(held)/float64(body.Len()))
				if most := 1<<16 + 100*body.Len(); held > most {
					t.Errorf("%d bytes of rows of %s, to %q, hold %d bytes, more than %d", body.Len(), name, target, held, most)
				}
				runtime.KeepAlive(f)
			}
		}
	}
}

// heap returns how many bytes are in use.
func heap() int {
	runtime.GC()
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int(stats.HeapAlloc)
}

// What is required isn't there by blanks alone, in a form as in Bind, and keeps them as text.
func TestBlankTextIsMissing(t *testing.T) {
	type in struct {
		Name string  `form:"name" binding:"required,max=40"`
		Nick string  `form:"nick"`
		Also *string `form:"also" binding:"required"`
	}
	e := typed(t, "", "name=   &nick=  &also= ")
	f := liveview.FormOf(in{}).Apply(e)
	if got := fmt.Sprint(f.Errors()); got != "map[also:is required name:is required]" || fieldOf(t, f, "name").Value != "   " {
		t.Errorf("the errors are %s, and the name is %q", got, fieldOf(t, f, "name").Value)
	}
	var bound in
	var invalid *liveview.BindError
	if err := e.Bind(&bound); !errors.As(err, &invalid) || fmt.Sprint(invalid.Fields) != "map[also:is required name:is required]" {
		t.Errorf("Bind returns %v", err)
	}
}
