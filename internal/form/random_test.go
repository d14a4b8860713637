package form

import (
	"errors"
	"fmt"
	"math/big"
	"math/rand/v2"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gin-gonic/gin/binding"
	"github.com/go-playground/validator/v10"
)

// decimal is one of an application's own, as the packages for it are.
type decimal struct{ rat *big.Rat }

func (d *decimal) UnmarshalText(text []byte) error {
	rat, ok := new(big.Rat).SetString(string(text))
	if !ok || !isNumber(string(text)) {
		return errors.New("no decimal")
	}
	d.rat = rat
	return nil
}

func (d decimal) MarshalText() ([]byte, error) {
	if d.rat == nil {
		return []byte("0"), nil
	}
	return []byte(d.rat.FloatString(2)), nil
}

// weather is what a rule of an application's depends on beside the value.
var weather int

// registerRules registers rules as an application does: one of its own, one in the place
// of one that the validator has, and an alias.
var registerRules = sync.OnceFunc(func() {
	engine := binding.Validator.Engine().(*validator.Validate)
	changing := func(fl validator.FieldLevel) bool { return (weather+fl.Field().Len())%3 != 0 }
	if err := errors.Join(engine.RegisterValidation("weather", changing), engine.RegisterValidation("rgb", changing)); err != nil {
		panic(err)
	}
	engine.RegisterAlias("hsl", "weather")
})

// Types of forms are made of these fields, and of structs, lists and maps.
var fieldKinds = []struct {
	typ  reflect.Type
	tags []string
}{
	{reflect.TypeFor[string](), []string{"", "required", "required,max=5", "omitempty,email", "omitempty,eqfield=F0", "required_with=F1", "omitempty,weather", "omitempty,rgb", "hsl", "omitempty,oneof=a x ann", "len=1|max=3", "omitempty,nefield=F2", "required,eqcsfield=F0", "excluded_with=F0"}},
	{reflect.TypeFor[int](), []string{"", "required", "min=1,max=20", "omitempty,gtfield=F1", "required_without=F0"}},
	{reflect.TypeFor[float64](), []string{"", "gte=0", "required,lt=12"}},
	{reflect.TypeFor[bool](), []string{"", "required"}},
	{reflect.TypeFor[decimal](), []string{"", "required", "gte=0", "required,gt=0,lte=12", "omitempty,gt=1"}},
	{reflect.TypeFor[*decimal](), []string{"", "required", "omitempty,gte=0"}},
	{reflect.TypeFor[*string](), []string{"", "required", "omitempty,min=2"}},
	{reflect.TypeFor[*int](), []string{"", "required", "omitempty,min=2"}},
	{reflect.TypeFor[time.Time](), []string{"", "required", "omitempty,lt"}},
	{reflect.TypeFor[time.Duration](), []string{"", "min=1s"}},
	{reflect.TypeFor[[]string](), []string{"", "max=1", "omitempty,dive,max=3"}},
	{reflect.TypeFor[uint8](), []string{"", "required"}},
}

// randomType returns the type of a form, with structs in it depth deep.
func randomType(r *rand.Rand, depth int) reflect.Type {
	fields := make([]reflect.StructField, 2+r.IntN(6))
	for i := range fields {
		field := reflect.StructField{Name: "F" + strconv.Itoa(i)}
		tag := fmt.Sprintf("form:%q", "f"+strconv.Itoa(i))
		rules := ""
		if depth > 0 && r.IntN(3) == 0 {
			inner := randomType(r, depth-1)
			switch r.IntN(7) {
			case 0:
				field.Type = inner
			case 1:
				field.Type, rules = reflect.PointerTo(inner), []string{"", "required", "omitempty"}[r.IntN(3)]
			case 2:
				field.Type, rules = reflect.SliceOf(inner), []string{"", "max=2"}[r.IntN(2)]
			case 3:
				field.Type, rules = reflect.SliceOf(inner), []string{"dive", "required,dive"}[r.IntN(2)]
			case 4:
				field.Type, rules = reflect.SliceOf(reflect.PointerTo(inner)), []string{"", "dive"}[r.IntN(2)]
			case 5:
				field.Type, rules = reflect.MapOf(reflect.TypeFor[string](), inner), []string{"", "dive"}[r.IntN(2)]
			case 6:
				field.Type, rules = reflect.TypeFor[map[string]string](), []string{"", "max=1", "dive,max=3"}[r.IntN(3)]
			}
		} else {
			kind := fieldKinds[r.IntN(len(fieldKinds))]
			field.Type, rules = kind.typ, kind.tags[r.IntN(len(kind.tags))]
			if kind.typ == reflect.TypeFor[time.Time]() {
				tag += ` time_format:"2006-01-02"`
			}
		}
		if rules != "" {
			tag += fmt.Sprintf(" binding:%q", rules)
		}
		field.Tag = reflect.StructTag(tag)
		fields[i] = field
	}
	t := reflect.StructOf(fields)
	if _, err := TypeOf(t); err != nil { // all of it are bools, say: none that isn't a field
		panic(err)
	}
	return t
}

// fillRandomly sets v, for about half of it.
func fillRandomly(r *rand.Rand, v reflect.Value) {
	switch t := v.Type(); {
	case r.IntN(4) == 0:
	case t == reflect.TypeFor[decimal]():
		v.Set(reflect.ValueOf(decimal{big.NewRat(int64(r.IntN(30)-5), 2)}))
	case t == reflect.TypeFor[time.Time]():
		v.Set(reflect.ValueOf(time.Date(2000+r.IntN(50), 1, 2, 0, 0, 0, 0, time.UTC)))
	case t.Kind() == reflect.Struct:
		for i := range v.NumField() {
			fillRandomly(r, v.Field(i))
		}
	case t.Kind() == reflect.Pointer:
		v.Set(reflect.New(t.Elem()))
		fillRandomly(r, v.Elem())
	case t.Kind() == reflect.Slice:
		v.Set(reflect.MakeSlice(t, r.IntN(4), 4))
		for i := range v.Len() {
			fillRandomly(r, v.Index(i))
			if e := v.Index(i); e.Kind() == reflect.Pointer && e.IsNil() {
				e.Set(reflect.New(e.Type().Elem()))
			}
		}
	case t.Kind() == reflect.Map:
		v.Set(reflect.MakeMap(t))
		for _, key := range []string{"a", "de"}[:r.IntN(3)] {
			elem := reflect.New(t.Elem()).Elem()
			fillRandomly(r, elem)
			v.SetMapIndex(reflect.ValueOf(key), elem)
		}
	case t.Kind() == reflect.String:
		v.SetString(texts[r.IntN(len(texts))])
	case t.Kind() == reflect.Bool:
		v.SetBool(r.IntN(2) == 0)
	case v.CanInt():
		v.SetInt(int64(r.IntN(30) - 5))
	case v.CanUint():
		v.SetUint(uint64(r.IntN(30)))
	case v.CanFloat():
		v.SetFloat(float64(r.IntN(30)) / 2)
	}
}

// namesOf returns the names of the fields that p has.
func namesOf(p *Part) []string {
	var names []string
	for i := range p.leaves {
		names = append(names, p.leaf(i).Name)
	}
	for i := range p.lists {
		for _, r := range p.lists[i].all {
			names = append(names, namesOf(r.part)...)
		}
	}
	return names
}

// editRandomly edits a form of a random type, once by what differs and once as a whole.
func editRandomly(t *testing.T, seed uint64) (patched int) {
	registerRules()
	r := rand.New(rand.NewPCG(seed, 3))
	of := randomType(r, 2)
	if r.IntN(8) == 0 {
		ruled := reflect.New(of).Elem()
		binding.Validator.Engine().(*validator.Validate).RegisterStructValidation(func(sl validator.StructLevel) {
			if name := of.Field(0).Name; weather%2 == 0 {
				sl.ReportError(sl.Current().Field(0).Interface(), name, name, "weather", "")
			}
		}, ruled.Interface())
	}
	typ, err := TypeOf(of)
	if err != nil {
		t.Fatal(err)
	}
	loaded := reflect.New(of).Elem()
	fillRandomly(r, loaded)
	as := []string{"", "p"}[r.IntN(2)]
	quick := Load(typ, as, loaded, false)
	slow := quick
	e := &editing{rnd: r, values: map[string]string{}, used: map[string]bool{}}
	e.names = namesOf(quick.part)
	for i := range typ.lists { // of rows that are new
		if r.IntN(2) == 0 {
			continue
		}
		for j := range typ.lists[i].rows().leaves {
			name := quick.part.listName(i) + "[99]"
			e.names = append(e.names, (&Part{typ: typ.lists[i].rows(), name: name}).proto(j).Name)
		}
	}
	if len(e.names) == 0 {
		e.names = []string{"none"}
	}
	all := slices.Clone(e.names)
	for _, name := range e.names {
		e.values[name] = anyText(r)
	}
	say := func(p Problem) string { return p.String() + " " + p.Path }
	target := ""
	for step := range 30 {
		if len(e.names) == 0 {
			e.names = slices.Clone(all)
		}
		i := r.IntN(len(e.names))
		target = e.names[i]
		switch r.IntN(40) {
		case 0:
			e.names = slices.Delete(slices.Clone(e.names), i, i+1)
		case 1:
			e.names = slices.Clone(all)
		case 2:
			target = ""
		}
		if target != "" {
			e.used[target] = true
			e.values[target] = anyText(r)
		}
		body := e.body()
		sent := Sent{Fields: reader(body), Target: target, Say: say, Body: body, Read: reader}
		if quick.readDifference(sent) != nil {
			patched++
		}
		weather++
		a, b := reflect.New(of).Elem(), reflect.New(of).Elem()
		var causes [2]error
		if quick, causes[0], err = quick.Apply(sent, a); err != nil {
			t.Fatal(err)
		}
		sent.Body = ""
		if slow, causes[1], err = slow.Apply(sent, b); err != nil {
			t.Fatal(err)
		}
		if got, want := describeCore(quick, a), describeCore(slow, b); got != want {
			t.Fatalf("seed %d, step %d: after %s of %s, with %v as it was loaded:\n%s\nread as a whole it is\n%s", seed, step, target, body, loaded, got, want)
		}
	}
	return patched
}

var more = append([]string{"12.5", "-3", "2024-01-02", "3000-01-01", "1h", "a@b.ch", "a", " ", "true"}, texts...)

// anyText returns a text, which is blank often enough for structs to come and go.
func anyText(r *rand.Rand) string {
	if r.IntN(2) == 0 {
		return ""
	}
	return more[r.IntN(len(more))]
}

// The same for forms of all types and rules, whatever the rules look at.
func TestDifferencesOfAnyTypeComeToTheSame(t *testing.T) {
	patched := 0
	forms := forms()
	for seed := range forms {
		patched += editRandomly(t, seed)
	}
	if patched < int(forms)*10 {
		t.Errorf("%d of %d events were read by what differs", patched, forms*30)
	}
}

func FuzzDifferencesOfAnyType(f *testing.F) {
	f.Add(uint64(1))
	f.Fuzz(func(t *testing.T, seed uint64) { editRandomly(t, seed) })
}

// describeCore prints all that a form knows, and its value.
func describeCore(c *Core, v reflect.Value) string {
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
	fmt.Fprintln(&b, c.Errors(), c.Valid(), c.Changed(), c.Submitted(), c.Version())
	describeValue(&b, v)
	return b.String()
}

// describeValue prints v with what its pointers point to.
func describeValue(b *strings.Builder, v reflect.Value) {
	switch {
	case v.Type() == reflect.TypeFor[decimal]():
		text, _ := v.Interface().(decimal).MarshalText()
		fmt.Fprintf(b, "%s ", text)
	case v.Kind() == reflect.Pointer && v.IsNil():
		fmt.Fprint(b, "nil ")
	case v.Kind() == reflect.Pointer:
		fmt.Fprint(b, "&")
		describeValue(b, v.Elem())
	case v.Kind() == reflect.Struct && v.Type() != timeType:
		fmt.Fprint(b, "{")
		for i := range v.NumField() {
			describeValue(b, v.Field(i))
		}
		fmt.Fprint(b, "} ")
	case v.Kind() == reflect.Slice:
		fmt.Fprintf(b, "%d[", v.Len())
		for i := range v.Len() {
			describeValue(b, v.Index(i))
		}
		fmt.Fprint(b, "] ")
	case v.Kind() == reflect.Map:
		fmt.Fprint(b, "map[")
		for _, key := range sortedKeys(v) {
			fmt.Fprint(b, key, ":")
			describeValue(b, v.MapIndex(reflect.ValueOf(key)))
		}
		fmt.Fprint(b, "] ")
	default:
		fmt.Fprintf(b, "%v ", v)
	}
}
