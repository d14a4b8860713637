package form

import (
	"encoding/json"
	"fmt"
	"iter"
	"math/rand/v2"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"
)

type order struct {
	Name  string            `form:"name" binding:"required,max=5"`
	Count int               `form:"count" binding:"required,min=2"`
	Paid  bool              `form:"paid"`
	Tags  []string          `form:"tags" binding:"max=1"`
	Names map[string]string `form:"names"`
	To    *address          `form:"to"`
	Lines []line            `form:"lines" binding:"max=3"`
	More  []*line           `form:"more" binding:"dive"`
	Note  *string           `form:"note"`
	Same  string            `form:"same" binding:"omitempty,eqfield=Name"`
}

type address struct {
	City string `form:"city" binding:"required"`
	Code uint8  `form:"code"`
}

type line struct {
	ID   int    `form:"-"`
	Text string `form:"text" binding:"required"`
	N    int    `form:"n" binding:"min=1"`
	Sub  []line `form:"sub"`
}

// anOrder is what is edited.
func anOrder() order {
	return order{
		Name: "ann", Count: 3, Tags: []string{"a"}, To: &address{City: "Bern"}, Names: map[string]string{"de": "x"},
		Lines: []line{{ID: 1, Text: "one", N: 1}, {ID: 2, Text: "two", N: 2, Sub: []line{{ID: 3, Text: "sub", N: 3}}}},
		More:  []*line{{ID: 4, Text: "four", N: 4}},
	}
}

// reader takes the fields of a body.
func reader(body string) iter.Seq[Input] {
	return func(yield func(Input) bool) {
		for field := range strings.SplitSeq(body, "&") {
			name, text, _ := strings.Cut(field, "=")
			name, _ = url.QueryUnescape(name)
			text, _ = url.QueryUnescape(text)
			marked := strings.Contains(name, "_unused_")
			if name != "" && !yield(Input{Name: strings.Replace(name, "_unused_", "", 1), Text: text, Marker: marked}) {
				return
			}
		}
	}
}

// editing makes bodies one of which follows from another, as a user makes them.
type editing struct {
	rnd    *rand.Rand
	names  []string
	values map[string]string
	used   map[string]bool
}

func (e *editing) body() string {
	var b strings.Builder
	for _, name := range e.names {
		if !e.used[name] {
			cut := strings.LastIndexByte(name, '[') + 1
			fmt.Fprintf(&b, "&%s=", url.QueryEscape(name[:cut]+"_unused_"+name[cut:]))
		}
		fmt.Fprintf(&b, "&%s=%s", url.QueryEscape(name), url.QueryEscape(e.values[name]))
	}
	return strings.TrimPrefix(b.String(), "&")
}

var texts = []string{"", "0", "1", "2", "12", "x", "ann", "longer than five", "a&b=c", "é", "-1", "300"}

// step changes something, and returns the field that it is.
func (e *editing) step() (target string) {
	i := e.rnd.IntN(len(e.names))
	name := e.names[i]
	switch e.rnd.IntN(12) {
	case 0: // it is gone, as a box that isn't ticked any more
		e.names = append(append([]string(nil), e.names[:i]...), e.names[i+1:]...)
		if len(e.names) == 0 {
			e.names = []string{"name"}
		}
	case 1: // and another is there
		more := []string{"paid", "tags[]", "lines[7][text]", "lines[1][sub][5][n]", "lines_drop[]", "lines_sort[]", "names[fr]", "name", "more[0][n]", "lines[0][text]", "_version"}
		name = more[e.rnd.IntN(len(more))]
		e.names = append(e.names, name)
	}
	e.used[name] = e.rnd.IntN(4) > 0 || e.used[name]
	e.values[name] = texts[e.rnd.IntN(len(texts))]
	if e.rnd.IntN(15) == 0 {
		return "" // a submit
	}
	return name
}

// describe prints all that a form knows.
func describeForm(c *Core, v order) string {
	var b strings.Builder
	var part func(p *Part)
	part = func(p *Part) {
		for i := range p.leaves {
			l := p.leaf(i)
			fmt.Fprintf(&b, "%s %q %q %q used %v changed %v given %v\n", l.Name, l.Value, l.More, l.Error, l.Used, l.Changed, l.given)
		}
		for i := range p.lists {
			for _, r := range p.lists[i].all {
				fmt.Fprintf(&b, "%s %d\n", r.key, r.base)
				part(r.part)
			}
		}
	}
	part(c.part)
	fmt.Fprint(&b, c.Errors(), c.Valid(), c.Changed(), c.Submitted(), c.Version())
	value, _ := json.Marshal(v)
	return fmt.Sprintf("%s %s", value, &b)
}

// Reading what differs from the last body alone comes to the same as reading the whole of
// it.
func editOrder(t *testing.T, seed uint64, as string) (patched int) {
	typ, err := TypeOf(reflect.TypeFor[order]())
	if err != nil {
		t.Fatal(err)
	}
	e := &editing{rnd: rand.New(rand.NewPCG(seed, 2)), values: map[string]string{}, used: map[string]bool{}}
	for _, name := range []string{"name", "count", "to[city]", "to[code]", "lines[0][text]", "lines[0][n]", "lines[1][text]", "lines[1][n]", "lines[1][sub][0][text]", "lines[1][sub][0][n]", "more[0][text]", "note", "same"} {
		e.names = append(e.names, name)
		e.values[name] = texts[e.rnd.IntN(len(texts))]
	}
	named := func(name string) string {
		if as == "" || name == "" {
			return name
		}
		return as + bracketed(name)
	}
	loaded := anOrder()
	quick := Load(typ, as, reflect.ValueOf(&loaded).Elem(), false)
	slow := quick
	for range 40 {
		target := named(e.step())
		in := *e
		in.names = nil
		in.values, in.used = map[string]string{}, map[string]bool{}
		for _, name := range e.names {
			in.names = append(in.names, named(name))
			in.values[named(name)], in.used[named(name)] = e.values[name], e.used[name]
		}
		body := in.body()
		say := func(p Problem) string { return p.String() }
		sent := Sent{Fields: reader(body), Target: target, Say: say, Body: body, Read: reader}
		if quick.readDifference(sent) != nil {
			patched++
		}
		var a, b order
		if quick, _, err = quick.Apply(sent, reflect.ValueOf(&a).Elem()); err != nil {
			t.Fatal(err)
		}
		sent.Body = ""
		if slow, _, err = slow.Apply(sent, reflect.ValueOf(&b).Elem()); err != nil {
			t.Fatal(err)
		}
		if got, want := describeForm(quick, a), describeForm(slow, b); got != want || !reflect.DeepEqual(a, b) {
			t.Fatalf("after %s of %s:\n%s\nread as a whole it is\n%s", target, body, got, want)
		}
		if !reflect.DeepEqual(loaded, anOrder()) {
			t.Fatalf("after %s of %s what was loaded is %+v", target, body, loaded)
		}
		if e.rnd.IntN(3) == 0 {
			quick, _, _ = quick.Check("name", false, "is taken")
			slow, _, _ = slow.Check("name", false, "is taken")
		}
	}
	return patched
}

func TestDifferencesComeToTheSame(t *testing.T) {
	patched := 0
	forms := forms()
	for seed := range forms {
		patched += editOrder(t, seed, []string{"", "order", "o[p]"}[seed%3])
	}
	if patched < int(forms)*10 {
		t.Errorf("%d of %d events were read by what differs", patched, forms*40)
	}
}

func FuzzDifferences(f *testing.F) {
	f.Add(uint64(1), "")
	f.Add(uint64(2), "order")
	f.Fuzz(func(t *testing.T, seed uint64, as string) {
		if strings.ContainsAny(as, "[]_&=") {
			return
		}
		editOrder(t, seed, as)
	})
}

// Whatever is sent, nothing panics, what was loaded stays, and what the names don't lead
// to is left out.
func FuzzApply(f *testing.F) {
	for _, body := range []string{
		"name=a&count=1", "lines[0][text]=a&lines[0]text]=b&lines[[0]]=c&lines[=d&lines]=e&[]=f&[=g&]=h", "lines[1][sub][0][sub][0][text]=a",
		"lines_sort[]=1&lines_sort[]=new&lines_sort[]=0&lines_drop[]=0&lines_up[]=1@3&lines_down[]=@", "to[city]=&to[code]=999&more[0]=x&more[-1][n]=%00",
		"names[]=a&names[a[b]]=c&names[de]=&tags=1&tags[]=2&tags[3]=4", "_version=x&paid=on&paid=&note=",
	} {
		f.Add(body, "name", "")
	}
	f.Fuzz(func(t *testing.T, body, target, as string) {
		if len(body) > 2000 {
			return
		}
		typ, _ := TypeOf(reflect.TypeFor[order]())
		loaded := anOrder()
		c := Load(typ, as, reflect.ValueOf(&loaded).Elem(), false)
		sent := Sent{Fields: reader(body), Target: target, Say: func(p Problem) string { return p.String() }, Body: body, Read: reader}
		for range 2 {
			var v order
			var err error
			if c, _, err = c.Apply(sent, reflect.ValueOf(&v).Elem()); err != nil {
				t.Fatal(err)
			}
			for _, l := range v.Lines {
				if l.ID != 0 && l.ID != 1 && l.ID != 2 {
					t.Errorf("a line has the id %d", l.ID)
				}
			}
			for name := range c.Errors() {
				if c.Valid() {
					t.Errorf("%s has an error, and the form is valid", name)
				}
			}
			_, _, _, _ = c.Root().List("lines")
		}
		if !reflect.DeepEqual(loaded, anOrder()) {
			t.Errorf("what was loaded is %+v", loaded)
		}
	})
}

// A blank that was typed into a struct which other fields make is kept, wherever these
// stand.
func TestBlanksOfAStructThatComes(t *testing.T) {
	type place struct {
		Before string  `form:"before"`
		Blank  *string `form:"blank"`
		City   string  `form:"city"`
		After  string  `form:"after"`
	}
	type form struct {
		To *place `form:"to"`
	}
	typ, err := TypeOf(reflect.TypeFor[form]())
	if err != nil {
		t.Fatal(err)
	}
	body := "to[before]=+&to[blank]=+&to[city]=Bern&to[after]=+"
	var got form
	if _, _, err := Load(typ, "", reflect.ValueOf(&form{}).Elem(), false).Apply(Sent{Fields: reader(body), Say: Problem.String}, reflect.ValueOf(&got).Elem()); err != nil {
		t.Fatal(err)
	}
	if to := got.To; to == nil || to.Before != " " || to.Blank == nil || *to.Blank != " " || to.After != " " {
		t.Errorf("%s gives %+v", body, to)
	}
}

// Only rules that ask for nothing but the value are taken for pure.
func TestPureRules(t *testing.T) {
	registerRules()
	type inner struct {
		City string `binding:"required"`
	}
	type all struct {
		A string     `form:"a" binding:"required,max=3"`
		B string     `form:"b" binding:"omitempty,email|url"`
		C []string   `form:"c" binding:"max=3,dive,oneof=a b"`
		D *decimal   `form:"d" binding:"omitempty,gt=0"`
		E time.Time  `form:"e" binding:"required"`
		F uint8      `form:"f"`
		Z *time.Time `form:"z" binding:"omitempty"`

		G string    `form:"g" binding:"eqfield=A"`
		H string    `form:"h" binding:"required_with=A"`
		I string    `form:"i" binding:"weather"`
		J string    `form:"j" binding:"rgb"` // the application's
		K string    `form:"k" binding:"max=3|hsl"`
		L time.Time `form:"l" binding:"lt"` // than now
		M string    `form:"m" binding:"file"`
		N string    `form:"n" binding:"omitempty,tcp_addr"`
		O string    `form:"o" binding:"eqcsfield=Inner.City"`
		P inner     `form:"-"`
	}
	typ, err := TypeOf(reflect.TypeFor[all]())
	if err != nil {
		t.Fatal(err)
	}
	pure := typ.purity(ginsEngine())
	for i, l := range typ.leaves {
		if got, want := pure.leaves[i], l.name < "[g]" || l.name == "[z]"; got != want {
			t.Errorf("the rules %q of a %s are pure: %v, want %v", l.field.Tag.Get("binding"), l.field.Type, got, want)
		}
	}
	if pure.calm[""] || pure.calm["P"] {
		t.Error("a struct with other rules is calm")
	}
}

// All sentences are in the language of the newest event.
func TestSentencesAfterTheLanguageHasChanged(t *testing.T) {
	type form struct {
		Name  string `form:"name" binding:"required"`
		Count int    `form:"count"`
		Text  string `form:"text"`
	}
	typ, err := TypeOf(reflect.TypeFor[form]())
	if err != nil {
		t.Fatal(err)
	}
	c := Load(typ, "", reflect.ValueOf(&form{}).Elem(), false)
	for i, locale := range []string{"de", "de", "fr", "fr"} {
		body := fmt.Sprintf("name=&count=x&text=%d", i)
		sent := Sent{Fields: reader(body), Target: "text", Locale: locale, Say: func(Problem) string { return locale }, Body: body, Read: reader}
		if c, _, err = c.Apply(sent, reflect.ValueOf(&form{}).Elem()); err != nil {
			t.Fatal(err)
		}
		if got, want := fmt.Sprint(c.Errors()), fmt.Sprintf("map[count:%s name:%[1]s]", locale); got != want {
			t.Errorf("event %d in %s: the errors are %s", i, locale, got)
		}
	}
}
