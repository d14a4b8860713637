package liveview

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gin-liveview/liveview/protocol"
)

// shapes makes types of structs as applications have them, and worse.
type shapes struct {
	rnd   *rand.Rand
	names []string // of fields and in tags
}

func (s *shapes) structType(depth int) reflect.Type {
	fields := make([]reflect.StructField, 1+s.rnd.IntN(4))
	for i := range fields {
		f := &fields[i]
		f.Name = fmt.Sprintf("%c%d", 'A'+rune(s.rnd.IntN(4)), i)
		f.Type = s.fieldType(depth)
		s.names = append(s.names, f.Name, strings.ToLower(f.Name))
		for _, key := range []string{"form", "json"} {
			switch s.rnd.IntN(5) {
			case 0:
				f.Tag += reflect.StructTag(fmt.Sprintf(`%s:"-" `, key))
			case 1, 2:
				name := fmt.Sprintf("%c%d", 'a'+rune(s.rnd.IntN(4)), s.rnd.IntN(4))
				s.names = append(s.names, name)
				f.Tag += reflect.StructTag(fmt.Sprintf(`%s:"%s" `, key, name))
			}
		}
		f.Anonymous = f.Type.Kind() == reflect.Struct && f.Type != reflect.TypeFor[time.Time]() && s.rnd.IntN(3) == 0
	}
	return reflect.StructOf(fields)
}

func (s *shapes) fieldType(depth int) reflect.Type {
	scalars := []reflect.Type{
		reflect.TypeFor[string](), reflect.TypeFor[int](), reflect.TypeFor[bool](), reflect.TypeFor[float64](),
		reflect.TypeFor[time.Time](), reflect.TypeFor[time.Duration](), reflect.TypeFor[[]string](), reflect.TypeFor[*int](),
		reflect.TypeFor[map[string]string](), reflect.TypeFor[any](), reflect.TypeFor[[2]bool](), reflect.TypeFor[[]byte](),
	}
	n := s.rnd.IntN(len(scalars) + 6)
	if n < len(scalars) || depth == 0 {
		return scalars[n%len(scalars)]
	}
	inner := s.structType(depth - 1)
	switch n - len(scalars) {
	case 0:
		return reflect.SliceOf(inner)
	case 1:
		return reflect.PointerTo(inner)
	case 2:
		return reflect.MapOf(reflect.TypeFor[string](), inner)
	case 3:
		return reflect.ArrayOf(1, inner)
	}
	return inner
}

// fill sets what the client mustn't to something that it wouldn't be by itself.
func fill(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString("kept")
	case reflect.Int, reflect.Int64:
		v.SetInt(41)
	case reflect.Float64:
		v.SetFloat(41)
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Field(i).CanSet() {
				fill(v.Field(i))
			}
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0))
	case reflect.Interface:
		v.Set(reflect.ValueOf(&struct{ A0, B0 string }{"kept", "kept"})) // encoding/json writes into it
	}
}

// forbidden returns what no tag of that key names, by its place in v, printed.
func forbidden(v reflect.Value, key, path string, all bool, found map[string]string) {
	for v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return
		}
		v = v.Elem()
	}
	switch {
	case v.Kind() == reflect.Struct && v.Type() != reflect.TypeFor[time.Time]():
		for i := range v.NumField() {
			f := v.Type().Field(i)
			tag, tagged := f.Tag.Lookup(key)
			inner := f.Type
			for inner.Kind() == reflect.Pointer {
				inner = inner.Elem()
			}
			looksThrough := inner.Kind() == reflect.Struct && inner != reflect.TypeFor[time.Time]() && (f.Anonymous || key == "form")
			forbidden(v.Field(i), key, path+"."+f.Name, all || tag == "-" || !tagged && !looksThrough, found)
		}
	case v.Kind() == reflect.Interface && !v.IsNil():
		forbidden(v.Elem(), key, path, all, found)
	case (v.Kind() == reflect.Slice || v.Kind() == reflect.Array) && v.Type().Elem().Kind() == reflect.Struct:
		for i := range v.Len() {
			forbidden(v.Index(i), key, fmt.Sprintf("%s[%d]", path, i), all, found)
		}
	case v.Kind() == reflect.Map && v.Type().Elem().Kind() == reflect.Struct:
		for each := v.MapRange(); each.Next(); {
			forbidden(each.Value(), key, fmt.Sprintf("%s[%s]", path, each.Key()), all, found)
		}
	case all:
		if v.IsZero() {
			found[path] = "zero"
		} else {
			found[path] = fmt.Sprintf("%#v", v.Interface())
		}
	}
}

// bindAnything binds an event with values for all names there are to a struct of
// the seed's shape, and returns whether it was taken.
func bindAnything(t *testing.T, seed uint64, text, raw string, asJSON bool) bool {
	s := &shapes{rnd: rand.New(rand.NewPCG(seed, 1))}
	typ := s.structType(3)
	slices.Sort(s.names)
	s.names = append(slices.Compact(s.names), "-", "")

	// An object of all names with an object of all names, and so on.
	object := raw
	for range 4 {
		var b strings.Builder
		for i, name := range s.names {
			value := object
			if i%5 == 1 {
				value = `[` + object + `]`
			}
			fmt.Fprintf(&b, ",%q:%s", name, value)
		}
		if b.Len() > 5_000 {
			break
		}
		object = "{" + b.String()[1:] + "}"
	}
	if !json.Valid([]byte(object)) {
		return false
	}
	payload := fmt.Sprintf(`{"type":"hook","event":"e","value":%s}`, object)
	if s.rnd.IntN(2) == 0 && !asJSON {
		form := url.Values{}
		for i, name := range s.names {
			form[name] = [][]string{{text}, {object}, {text, text}, {"[" + object + "]"}}[i%4]
		}
		body, _ := json.Marshal(form.Encode())
		payload = fmt.Sprintf(`{"type":"form","event":"e","value":%s}`, body)
	}
	e, err := decodeEvent(protocol.Limits{}, []byte(payload))
	if err != nil {
		return false
	}
	key, bind := "form", Event.Bind
	if asJSON {
		key, bind = "json", Event.BindJSON
	}
	dst := reflect.New(typ)
	fill(dst.Elem())
	before, after := map[string]string{}, map[string]string{}
	forbidden(dst.Elem(), key, "", false, before)
	err = bind(e, dst.Interface())
	forbidden(dst.Elem(), key, "", false, after)
	for path, value := range after {
		if value == "zero" && strings.Contains(path, "[") {
			continue // the list that it is in, which a tag names, has been replaced
		}
		if was, ok := before[path]; ok && was != value || !ok && value != "zero" {
			t.Errorf("%s of %s was %s and is %s\n%s", path, typ, before[path], value, payload)
		}
	}
	return err == nil
}

// Whatever names and values come, what no tag names stays as it was.
func TestBindOfAnyShape(t *testing.T) {
	taken := map[bool]int{}
	for seed := range uint64(300) {
		for _, asJSON := range []bool{false, true} {
			if bindAnything(t, seed, []string{"1", "true", "x", ""}[seed%4], []string{"1", "true", `"1"`, "null", "{}"}[seed%5], asJSON) {
				taken[asJSON]++
			}
		}
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
	if taken[false] < 15 || taken[true] < 15 {
		t.Errorf("%v of 300 shapes were bound: too few to show anything", taken)
	}
	t.Logf("bound, as JSON or not: %v", taken)
}

func FuzzBind(f *testing.F) {
	f.Add(uint64(1), "true", "true", true)
	f.Add(uint64(2), "1", `"1"`, false)
	f.Add(uint64(3), `{"Admin":true}`, "{}", false)
	f.Fuzz(func(t *testing.T, seed uint64, text, raw string, asJSON bool) {
		if len(raw) > 100 || len(text) > 1000 {
			return
		}
		bindAnything(t, seed, text, raw, asJSON)
	})
}
