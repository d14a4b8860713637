package saved_test

import (
	"math/big"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/gin-liveview/liveview/internal/saved"
)

type kept struct{ loaded int }

func (kept) MarshalCBOR() ([]byte, error) { return []byte{0xa0}, nil }
func (*kept) UnmarshalCBOR([]byte) error  { return nil }

var rules = saved.Rules{Unsaved: isKept, Holds: func(reflect.Type) reflect.Type { return nil }}

func isKept(t reflect.Type) bool { return t == reflect.TypeFor[kept]() }

type item struct {
	Name string
	At   time.Time
	Sub  []item
}

type base struct{ ID int64 }

type state struct {
	Embedded
	Base     base
	Text     string
	Bytes    []byte
	Items    []item
	By       map[string]*item
	Ints     map[int8]bool
	Amount   *big.Int
	Any      func() `cbor:"-"`
	hidden   int    `json:"-"`
	Async    kept
	Fraction float64
}

type Embedded struct{ Version int }

// What is saved comes back as it was; what isn't stays as it is.
func TestSavedStateComesBack(t *testing.T) {
	typ, err := saved.Of(reflect.TypeFor[state](), rules)
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 2, 3, 4, 5, 6, 789012345, time.UTC)
	was := state{
		Embedded: Embedded{3}, Base: base{1 << 60}, Text: "bad \xff utf-8 \u2603", Bytes: []byte{0, 255}, Items: []item{{"a", at, []item{{Name: "b"}}}},
		By: map[string]*item{"x": {Name: "y"}, "nil": nil}, Ints: map[int8]bool{-3: true}, Amount: new(big.Int).Lsh(big.NewInt(1), 99), hidden: 1, Async: kept{1}, Fraction: 0.1,
	}
	data, err := typ.Marshal(&was)
	if err != nil {
		t.Fatal(err)
	}
	shared := map[string]*item{"loaded": {Name: "by Mount"}}
	got := state{By: shared, Items: make([]item, 5), hidden: 2, Async: kept{2}, Text: "x"}
	items := got.Items
	if err := typ.Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	want := was
	want.hidden, want.Async = 2, kept{2}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("it came back as\n%+v, want\n%+v", got, want)
	}
	if len(shared) != 1 || items[0].Name != "" {
		t.Errorf("what was there before was written into: %v, %v", shared, items)
	}
}

// What can't be saved is told where it stands.
func TestWhatCantBeSaved(t *testing.T) {
	for want, typ := range map[string]reflect.Type{
		"F is a func()":       reflect.TypeFor[struct{ F func() }](),
		"A[].C is a chan int": reflect.TypeFor[struct{ A []struct{ C chan int } }](),
		"x isn't exported":    reflect.TypeFor[struct{ x int }](),
		"E is a interface {}": reflect.TypeFor[struct{ E any }](),
		"B would be lost": reflect.TypeFor[struct {
			A int `cbor:"B"`
			B int
		}](),
		"Also would be lost": reflect.TypeFor[struct{ At stamped }](),
		"By[] is a error":    reflect.TypeFor[struct{ By map[string]error }](),
	} {
		if typ == nil {
			continue
		}
		if _, err := saved.Of(typ, rules); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v, want %q", typ, err, want)
		}
	}
}

// stamped writes itself as its time does, and nothing else of it.
type stamped struct {
	time.Time
	Also int
}

type node struct{ Next *node }

// A value that holds itself is an error, not an end of the process.
func TestValueWithinItself(t *testing.T) {
	typ, err := saved.Of(reflect.TypeFor[node](), rules)
	if err != nil {
		t.Fatal(err)
	}
	n := &node{}
	n.Next = n
	if _, err := typ.Marshal(n); err == nil || !strings.Contains(err.Error(), "holds itself") {
		t.Errorf("saved with %v", err)
	}
	deep := &node{}
	for range 50 {
		deep = &node{deep}
	}
	data, err := typ.Marshal(deep)
	if err != nil {
		t.Fatal(err)
	}
	var got node
	if err := typ.Unmarshal(data, &got); err != nil || !reflect.DeepEqual(&got, deep) {
		t.Errorf("read with %v", err)
	}
}

// Types of one shape have one hash, and others have others.
func TestShapes(t *testing.T) {
	of := func(typ reflect.Type) [saved.HashBytes]byte {
		s, err := saved.Of(typ, rules)
		if err != nil {
			t.Fatal(err)
		}
		return s.Hash
	}
	type again struct{ A int }
	if of(reflect.TypeFor[struct{ A int }]()) != of(reflect.TypeFor[again]()) {
		t.Error("a shape has two hashes")
	}
	seen := map[[saved.HashBytes]byte]reflect.Type{}
	for _, typ := range []reflect.Type{
		reflect.TypeFor[struct{ A int }](), reflect.TypeFor[struct{ A int64 }](), reflect.TypeFor[struct{ B int }](), reflect.TypeFor[struct{ A *int }](),
		reflect.TypeFor[struct{ A []int }](), reflect.TypeFor[struct{ A, B int }](), reflect.TypeFor[struct{ A time.Time }](), reflect.TypeFor[node](),
	} {
		if other := seen[of(typ)]; other != nil {
			t.Errorf("%v and %v have one hash", typ, other)
		}
		seen[of(typ)] = typ
	}
}

// Nothing that is read panics, whatever it is.
func FuzzUnmarshal(f *testing.F) {
	typ, err := saved.Of(reflect.TypeFor[state](), rules)
	if err != nil {
		f.Fatal(err)
	}
	data, err := typ.Marshal(&state{Items: []item{{Name: "a"}}, By: map[string]*item{"a": {}}, Amount: big.NewInt(3)})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte{0xa1})
	f.Fuzz(func(t *testing.T, data []byte) {
		var s state
		_ = typ.Unmarshal(data, &s)
	})
}
