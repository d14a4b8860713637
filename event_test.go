package liveview_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/go-playground/validator/v10"

	"github.com/gin-liveview/liveview"
)

// heard sends payloads to a view and returns the events that it got.
func heard(t *testing.T, payloads ...map[string]any) []liveview.Event {
	t.Helper()
	var events []liveview.Event
	v := counterView()
	v.onEvent = func(_ *liveview.Socket[counter], e liveview.Event) error {
		events = append(events, e)
		return nil
	}
	s := newSite(t, liveview.Config{}, func(r *gin.Engine) { liveview.Handle(r, "/", v) })
	c := s.open("/")
	for _, p := range payloads {
		c.diffOf(p)
	}
	return events
}

func formEvent(name, body string, meta map[string]any) map[string]any {
	return map[string]any{"type": "form", "event": name, "value": body, "meta": meta, "uploads": map[string]any{}}
}

func TestEventLosesNoField(t *testing.T) {
	e := heard(t, formEvent("change",
		"type=evil&name=evil&event=evil&user%5Btags%5D%5B%5D=a&user%5B_unused_tags%5D%5B%5D=&user%5Btags%5D%5B%5D=b&_unused_no=&no=&one=1&one=2&u=%C3%A4+%2B",
		map[string]any{"_target": "user[tags][]", "z": "9"}))[0]
	if e.Name != "change" || e.Type != "form" {
		t.Errorf("event = %s of type %s", e.Name, e.Type)
	}
	want := map[string][]string{
		"type": {"evil"}, "name": {"evil"}, "event": {"evil"}, "user[tags][]": {"a", "b"},
		"no": {""}, "one": {"1", "2"}, "u": {"ä +"}, "z": {"9"},
	}
	if got := map[string][]string(e.Values()); !reflect.DeepEqual(got, want) {
		t.Errorf("Values() = %v, want %v", got, want)
	}
	if got := e.Value("one"); got != "2" {
		t.Errorf(`Value("one") = %q, want the last one`, got)
	}
	if got, want := e.Target(), []string{"user", "tags"}; !reflect.DeepEqual(got, want) {
		t.Errorf("Target() = %v, want %v", got, want)
	}
	if e.Used("no") || e.Used("user[tags][]") || !e.Used("one") {
		t.Errorf("Used: no %v, tags %v, one %v", e.Used("no"), e.Used("user[tags][]"), e.Used("one"))
	}
	if got, want := e.String(), `form "change" of user.tags`; got != want {
		t.Errorf("String() = %s, want %s", got, want)
	}
}

func TestEventOfAnElement(t *testing.T) {
	e := heard(t, map[string]any{"type": "click", "event": "pick", "value": map[string]any{"id": "7", "value": "", "n": 3, "on": true, "none": nil}})[0]
	for name, want := range map[string]string{"id": "7", "value": "", "n": "3", "on": "true", "none": "", "absent": ""} {
		if got := e.Value(name); got != want {
			t.Errorf("Value(%q) = %q, want %q", name, got, want)
		}
	}
	if e.Int("id") != 7 || e.Int("absent") != 0 || e.Int("on") != 0 {
		t.Errorf("Int = %d, %d, %d", e.Int("id"), e.Int("absent"), e.Int("on"))
	}
	var in struct {
		ID int  `form:"id" binding:"min=1"`
		On bool `form:"on"`
	}
	if err := e.Bind(&in); err != nil || in.ID != 7 || !in.On {
		t.Errorf("Bind = %+v, %v", in, err)
	}
}

type signup struct {
	Email string   `form:"user[email]" binding:"required,email"`
	Age   int      `form:"user[age]" binding:"gte=18"`
	Tags  []string `form:"user[tags][]" binding:"max=2,dive,max=3"`
	Plan  string   `form:"plan" binding:"oneof=free paid"`
}

func TestBindSaysWhatIsWrongWithWhichField(t *testing.T) {
	for name, test := range map[string]struct {
		body string
		want map[string]string // nil: it binds
	}{
		"all well": {"user[email]=a@b.ch&user[age]=18&user[tags][]=a&user[tags][]=b&plan=free", nil},
		"empty":    {"", map[string]string{"user[email]": "is required", "user[age]": "must be at least 18", "plan": "must be one of free, paid"}},
		"invalid": {"user[email]=x&user[age]=17&user[tags][]=1&user[tags][]=2&user[tags][]=3&plan=gold", map[string]string{
			"user[email]": "must be an e-mail address", "user[age]": "must be at least 18",
			"user[tags][]": "must be at most 2 entries", "plan": "must be one of free, paid",
		}},
		"an entry is": {"user[email]=a@b.ch&user[age]=18&user[tags][]=long&plan=free", map[string]string{"user[tags][]": "must be at most 3 characters"}},
		"no number":   {"user[email]=x&user[age]=old&plan=free", map[string]string{"user[age]": "must be a whole number such as 12", "user[email]": "must be an e-mail address"}},
		"untouched": {"user[_unused_email]=&user[email]=&user[age]=1&_unused_plan=&plan=", map[string]string{
			"user[age]": "must be at least 18",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			e := heard(t, formEvent("change", test.body, nil))[0]
			var in signup
			err := e.Bind(&in)
			if got := e.FieldErrors(err); !reflect.DeepEqual(got, test.want) {
				t.Errorf("FieldErrors = %v, want %v (Bind = %v)", got, test.want, err)
			}
			if test.want == nil && (in.Email != "a@b.ch" || in.Age != 18 || len(in.Tags) != 2) {
				t.Errorf("bound %+v", in)
			}
			if name == "invalid" {
				var invalid validator.ValidationErrors
				if !errors.As(err, &invalid) {
					t.Errorf("Bind = %T, which no application can make sentences from", err)
				}
			}
		})
	}
}

func TestBindOfAHooksPayload(t *testing.T) {
	e := heard(t,
		map[string]any{"type": "hook", "event": "e", "value": map[string]any{"lat": 1.5, "names": []string{"a"}}},
		map[string]any{"type": "hook", "event": "e", "value": map[string]any{"lat": "north"}},
		map[string]any{"type": "hook", "event": "e", "value": map[string]any{"lat": 100}},
	)
	var in struct {
		Lat   float64  `json:"lat" binding:"max=90"`
		Names []string `json:"names"`
	}
	if err := e[0].BindJSON(&in); err != nil || in.Lat != 1.5 || len(in.Names) != 1 {
		t.Errorf("BindJSON = %+v, %v", in, err)
	}
	var be *liveview.BindError
	if err := e[1].BindJSON(&in); !errors.As(err, &be) || !strings.Contains(err.Error(), "lat: ") {
		t.Errorf("BindJSON of text as a number = %v", err)
	}
	if err := e[2].BindJSON(&in); !errors.As(err, &be) || be.Fields["lat"] != "must be at most 90" {
		t.Errorf("BindJSON of what doesn't validate = %v", err)
	}
	var values struct {
		Lat float64 `form:"lat" json:"-"`
	}
	if err := e[0].Bind(&values); err != nil || values.Lat != 1.5 {
		t.Errorf("Bind of a payload's members = %+v, %v", values, err)
	}
}

type rights struct {
	Admin bool `form:"-"`
	Level int
}

type account struct {
	Name    string `form:"name" json:"name"`
	Address struct {
		City string `form:"city" json:"city"`
		Code string `form:"-" json:"-"`
	}
	Base
	IsAdmin bool `form:"-" json:"-"`
	Rights  rights
	Owner   *rights
	Roles   []string
	Limits  map[string]int
	Any     any
	Since   time.Time
}

// Base is embedded.
type Base struct {
	Note   string `form:"note" json:"note"`
	Secret string `form:"-" json:"-"`
	Plain  string
}

// What a tag leaves out isn't set, whatever the client says of the event's type,
// of names and of values.
func TestBindSetsWhatTagsNameAndNothingElse(t *testing.T) {
	admin := map[string]any{"Admin": true, "admin": true, "Level": 9, "level": 9}
	hostile := map[string]any{
		"name": "ann", "city": "Bern", "note": "n",
		"IsAdmin": true, "isadmin": true, "isAdmin": true, "ISADMIN": true, "-": "true", "": "true",
		"Rights": admin, "rights": admin, "Owner": admin, "owner": admin, "Rights.Admin": true, "Admin": true, "admin": true, "Level": 9, "level": 9,
		"Address": map[string]any{"City": "x", "Code": "x"}, "address": map[string]any{"city": "Chur", "code": "x"}, "Code": "x", "code": "x",
		"Base": map[string]any{"Secret": "x", "Plain": "x"}, "base": map[string]any{"Secret": "x"}, "Secret": "x", "secret": "x", "Plain": "x", "plain": "x",
		"Roles": []string{"x"}, "roles": []string{"x"}, "Limits": map[string]any{"a": 1}, "limits": map[string]any{"a": 1}, "Any": 1, "any": 1,
		"Since": "2020-01-01T00:00:00Z", "since": "2020-01-01T00:00:00Z",
	}
	form := url.Values{}
	for name, v := range hostile {
		if text, ok := v.(string); ok {
			form.Set(name, text)
			continue
		}
		b, _ := json.Marshal(v)
		form.Set(name, string(b))
	}
	for _, e := range heard(t, formEvent("e", form.Encode(), hostile),
		map[string]any{"type": "hook", "event": "e", "value": hostile},
		map[string]any{"type": "click", "event": "e", "value": hostile}) {
		a := account{Roles: []string{"reader"}}
		if err := e.Bind(&a); err != nil {
			t.Errorf("%s: %v", e.Type, err)
		}
		want := account{Name: "ann", Roles: []string{"reader"}, Base: Base{Note: "n"}}
		want.Address.City = "Bern"
		if !reflect.DeepEqual(a, want) {
			t.Errorf("%s: Bind = %+v, want %+v", e.Type, a, want)
		}
		a = account{Roles: []string{"reader"}}
		if err := e.BindJSON(&a); (err == nil) != (e.Type != "form") {
			t.Errorf("%s: BindJSON: %v", e.Type, err)
		}
		want.Address.City = "" // Address has no json tag
		if e.Type == "form" {
			want = account{Roles: []string{"reader"}}
		}
		if !reflect.DeepEqual(a, want) {
			t.Errorf("%s: BindJSON = %+v, want %+v", e.Type, a, want)
		}
	}
}

type node struct {
	Name string `form:"name"`
	Next *node
}

// What can't be bound safely, or not at all, is refused with a sentence.
func TestBindRefuses(t *testing.T) {
	e := heard(t, map[string]any{"type": "hook", "event": "e", "value": map[string]any{"a": "{}", "B": "1", "name": "x"}})[0]
	for name, test := range map[string]struct {
		dst  any
		want string
	}{
		"a struct that is tagged": {&struct {
			A rights `form:"a"`
		}{}, "struct { A liveview_test.rights \"form:\\\"a\\\"\" }.A has a form tag, and no field of liveview_test.rights has one"},
		"a map that is tagged": {&struct {
			A map[string]rights `form:"a"`
		}{}, "liveview_test.rights has no field with a form tag"},
		"a list of structs": {&struct {
			A []*rights `form:"a"`
		}{}, `.A: liveview_test.rights has no field with a form tag, so there is nothing to bind`},
		"a list of structs with tags": {&struct {
			Name string `form:"name"`
			A    []variant
		}{}, `.A is a []liveview_test.variant whose fields have form tags, and has none itself; tag it form:"a", or form:"-"`},
		"a map of structs with tags": {&struct {
			Name string `form:"name"`
			A    struct{ B map[string]*[]variant }
		}{}, ".A.B is a map[string]*[]liveview_test.variant whose fields have form tags"},
		"a rule that the validator can't hold against a type": {&struct {
			A string `form:"a" binding:"omitempty,min=1"`
			B cents  `form:"name" binding:"required,min=1"`
		}{}, `.B has the tag binding:"required,min=1", whose "min=1" can't be applied to a liveview_test.cents`},
		"a rule that isn't one": {&struct {
			A string `form:"a" binding:"required,tall"`
		}{}, `.A has the tag binding:"required,tall", whose "tall" can't be applied to a string`},
		"a struct within itself": {&node{}, `liveview_test.node.Next is a liveview_test.node within a liveview_test.node; tag it form:"-"`},
		"a name that two fields have": {&struct {
			A string `form:"b"`
			B string `form:"b"`
		}{}, `.B and another field have the same name "b" in their form tags`},
		"what no text means": {&struct {
			A any `form:"a"`
		}{}, ".A is of type interface {}, which no text of a form can be decoded into"},
		"no tags":             {&struct{ A string }{}, "has no field with a form tag"},
		"no pointer":          {rights{}, "a liveview_test.rights is given; it must be a pointer to a struct"},
		"a map":               {&map[string]string{}, "it must be a pointer to a struct"},
		"nil":                 {nil, "it must be a pointer to a struct"},
		"a nil pointer":       {(*rights)(nil), "it must be a pointer to a struct"},
		"an embedded pointer": {&struct{ *rights }{}, "is an embedded pointer that can't be set"},
	} {
		err := e.Bind(test.dst)
		var be *liveview.BindError
		if err == nil || !strings.Contains(err.Error(), test.want) || errors.As(err, &be) {
			t.Errorf("%s: %v, want %q in it", name, err, test.want)
		}
	}
	for _, dst := range []any{nil, rights{}, (*rights)(nil), &map[string]any{}, &struct{ A int }{}} {
		if err := e.BindJSON(dst); err == nil {
			t.Errorf("BindJSON into a %T is taken", dst)
		}
	}
}

// cents decodes itself from text, as decimals do: blank is no number to it, and null
// is none.
type cents struct{ n *int }

func (c *cents) UnmarshalText(b []byte) error {
	n, err := strconv.Atoi(strings.ReplaceAll(string(b), ".", ""))
	c.n = &n
	return err
}

// UnmarshalJSON is how Gin's binding would read it.
func (c *cents) UnmarshalJSON([]byte) error { return nil }

// day decodes itself as Gin has it.
type day [3]int

func (d *day) UnmarshalParam(s string) error {
	_, err := fmt.Sscanf(s, "%d-%d-%d", &d[0], &d[1], &d[2])
	return err
}

// level is a number that is written as a word.
type level int

func (l *level) UnmarshalText(b []byte) error {
	if string(b) != "high" {
		return errors.New("no such level")
	}
	*l = 3
	return nil
}

type variant struct {
	SKU string `form:"sku"`
}

type itself struct {
	Price  cents   `form:"price" binding:"required"`
	Rebate *cents  `form:"rebate"`
	Day    day     `form:"day" binding:"required"`
	Days   []day   `form:"days[]"`
	Level  level   `form:"level"`
	IP     net.IP  `form:"ip"`
	Prices []cents `form:"prices" collection_format:"csv"`
	In     struct {
		Day *day `form:"in[day]"`
	}
}

// What decodes itself from text is bound by that. Blank is nothing to decode, so that
// it is what is missing, and nothing else stands for nought.
func TestBindOfWhatDecodesItself(t *testing.T) {
	bind := func(body string) (in itself, fields map[string]string) {
		t.Helper()
		e := heard(t, formEvent("e", body, nil))[0]
		err := e.Bind(&in)
		if be := (*liveview.BindError)(nil); err != nil && !errors.As(err, &be) {
			t.Errorf("Bind(%s) = %v", body, err)
		}
		return in, e.FieldErrors(err)
	}
	in, fields := bind("price=12.50&rebate=1&day=2026-11-26&days[]=&days[]=2026-1-2&days[]=2026-1-3&level=high&ip=::1&in[day]=2026-2-3&prices=1,2")
	if fields != nil || in.Price.n == nil || *in.Price.n != 1250 || in.Rebate == nil || *in.Rebate.n != 1 || in.Day != (day{2026, 11, 26}) ||
		len(in.Days) != 2 || in.Days[1] != (day{2026, 1, 3}) || in.Level != 3 || in.IP.String() != "::1" || in.In.Day == nil || in.In.Day[1] != 2 ||
		len(in.Prices) != 2 || *in.Prices[1].n != 2 {
		t.Errorf("bound %+v, %v", in, fields)
	}
	for _, body := range []string{"", "price=&day=&rebate=&level=&ip=&in[day]=&days[]=", "price=+&day=+"} {
		in, fields := bind(body)
		if want := map[string]string{"price": "is required", "day": "is required"}; !reflect.DeepEqual(fields, want) || in.Rebate != nil || in.In.Day != nil || len(in.Days) != 0 {
			t.Errorf("%q: bound %+v, %v, want %v", body, in, fields, want)
		}
	}
	in, fields = bind("price=null&day=today&level=9&ip=x&days[]=2026-1-2&days[]=x&rebate=1x")
	const date, unknown = "must be a date such as 2006-01-02", "has a value that doesn't fit"
	want := map[string]string{"price": unknown, "day": date, "level": unknown, "ip": "must be written as in 192.0.2.1", "days[]": date, "rebate": unknown}
	if !reflect.DeepEqual(fields, want) || in.Price.n != nil || in.Rebate != nil || in.Days != nil {
		t.Errorf("bound %+v, %v, want %v", in, fields, want)
	}
}

// A value that doesn't fit costs itself: not the others, nor their defaults.
func TestBindKeepsWhatFits(t *testing.T) {
	e := heard(t, formEvent("e", "a=x&b=2&c=3", nil))[0]
	var in struct {
		A int `form:"a"`
		B int `form:"b,default=7"`
		C int `form:"c,default=8"`
		D int `form:"d,default=9"`
	}
	err := e.Bind(&in)
	if got := e.FieldErrors(err); !reflect.DeepEqual(got, map[string]string{"a": "must be a whole number such as 12"}) {
		t.Errorf("FieldErrors = %v", got)
	}
	if in.A != 0 || in.B != 2 || in.C != 3 || in.D != 9 {
		t.Errorf("bound %+v", in)
	}
}

// Bad input ends the view that it was sent to, with an answer.
func TestEventThatCannotBeRead(t *testing.T) {
	for name, payload := range map[string]any{
		"no object":       []any{},
		"form not text":   map[string]any{"type": "form", "event": "x", "value": map[string]any{}},
		"bad escape":      map[string]any{"type": "form", "event": "x", "value": "a=%zz"},
		"event no string": map[string]any{"type": "click", "event": 7, "value": map[string]any{}},
	} {
		t.Run(name, func(t *testing.T) {
			v := counterView()
			s := newSite(t, liveview.Config{}, func(r *gin.Engine) { liveview.Handle(r, "/", v) })
			c, other := s.open("/"), s.open("/")
			if status, response := c.call("event", payload); status != "phx_error" {
				t.Errorf("the answer was %s %v, want phx_error", status, response)
			}
			if status, _ := c.join(); status != "ok" {
				t.Error("the page can't join again")
			}
			if diff := other.click("inc", nil); diff["0"] != "1" {
				t.Errorf("another view's diff = %v", diff)
			}
		})
	}
}

func TestIntOfWhatIsNone(t *testing.T) {
	got := map[string]int{}
	view := counterView()
	view.onEvent = func(s *liveview.Socket[counter], e liveview.Event) error {
		for name := range e.Values() {
			got[name] = e.Int(name)
		}
		return nil
	}
	s := newSite(t, liveview.Config{}, func(r *gin.Engine) { liveview.Handle(r, "/", view) })
	s.open("/").click("inc", map[string]any{
		"one": "1", "minus": "-7", "large": "99999999999999999999999", "small": "-99999999999999999999999", "text": "x", "fraction": "1.5", "number": 12,
	})
	want := map[string]int{"one": 1, "minus": -7, "large": 0, "small": 0, "text": 0, "fraction": 0, "number": 12}
	if !maps.Equal(got, want) {
		t.Errorf("Int gives %v, want %v", got, want)
	}
}

// A box without a value sends "on", and a field that is left blank is no value of a
// number's or time's.
func TestBindOfBoxesAndBlanks(t *testing.T) {
	var in struct {
		Terms bool       `form:"terms"`
		Boxes []bool     `form:"boxes"`
		Text  *string    `form:"text"`
		Seats *int       `form:"seats" binding:"required"`
		Since *time.Time `form:"since" time_format:"2006-01-02" binding:"required"`
		Until *time.Time `form:"until" time_format:"2006-01-02"`
		Rank  **uint8    `form:"rank"`
	}
	e := heard(t, formEvent("save", "terms=on&boxes=on&boxes=false&text=&seats=&since=+&until=2026-11-26&rank=", nil))[0]
	var be *liveview.BindError
	if err := e.Bind(&in); !errors.As(err, &be) || !reflect.DeepEqual(be.Fields, map[string]string{"seats": "is required", "since": "is required"}) {
		t.Errorf("Bind = %v", err)
	}
	if !in.Terms || !reflect.DeepEqual(in.Boxes, []bool{true, false}) {
		t.Errorf("the boxes are %v and %v", in.Terms, in.Boxes)
	}
	if in.Text == nil || in.Seats != nil || in.Since != nil || in.Rank != nil || in.Until == nil || in.Until.Day() != 26 {
		t.Errorf("the rest is %+v", in)
	}
}
