package liveview_test

import (
	"encoding/json"
	"fmt"
	"math/big"
	"net/url"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

// typed makes the event of a form: a change of the field target, or a submit.
func typed(t testing.TB, target, body string) liveview.Event {
	t.Helper()
	event := map[string]any{"type": "form", "event": "e", "value": escapedBody(body)}
	if target != "" {
		event["meta"] = map[string]any{"_target": target}
	}
	b, err := json.Marshal(event)
	if err != nil {
		t.Fatal(err)
	}
	var e liveview.Event
	if err := json.Unmarshal(b, &e); err != nil {
		t.Fatal(err)
	}
	return e
}

// escapedBody escapes names and values as the client does it.
func escapedBody(body string) string {
	fields := strings.Split(body, "&")
	for i, field := range fields {
		name, value, _ := strings.Cut(field, "=")
		fields[i] = url.QueryEscape(name) + "=" + url.QueryEscape(value)
	}
	return strings.Join(fields, "&")
}

// money is a decimal as the usual packages have them: a struct that is text.
type money struct{ cents int64 }

func (m money) String() string { return fmt.Sprintf("%d.%02d", m.cents/100, m.cents%100) }

func (m money) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

func (m *money) UnmarshalText(b []byte) error {
	r, ok := new(big.Rat).SetString(strings.TrimSpace(string(b)))
	if !ok {
		return fmt.Errorf("%q is no amount", b)
	}
	r.Mul(r, big.NewRat(100, 1))
	if !r.IsInt() || !r.Num().IsInt64() {
		return fmt.Errorf("%q is no amount", b)
	}
	m.cents = r.Num().Int64()
	return nil
}

type product struct {
	ID       int               `form:"-"`
	Name     string            `form:"name" binding:"required,max=40"`
	Price    money             `form:"price" binding:"required,gt=0,lte=1000"`
	Stock    int               `form:"stock" binding:"required,min=-5,max=99"`
	Since    time.Time         `form:"since" time_format:"2006-01-02" time_utc:"1"`
	Active   bool              `form:"active"`
	Tags     []string          `form:"tags" binding:"max=2,dive,max=5"`
	Maker    *maker            `form:"maker"`
	Titles   map[string]string `form:"titles" binding:"dive,max=5"`
	Variants []productVariant  `form:"variants" binding:"max=3"`
}

type maker struct {
	City  string `form:"city" binding:"required"`
	Email string `form:"email" binding:"omitempty,email"`
}

type productVariant struct {
	ID    int    `form:"-"`
	SKU   string `form:"sku" binding:"required,alphanum"`
	Price *money `form:"price" binding:"omitempty,gt=0"`
	Sizes []size `form:"sizes"`
}

type size struct {
	CM int `form:"cm" binding:"min=1"`
}

func shirt() product {
	return product{
		ID: 7, Name: "shirt", Price: money{1250}, Stock: 3, Since: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Active: true,
		Tags: []string{"a", "b"}, Titles: map[string]string{"de": "Hemd", "fr": "chem"},
		Variants: []productVariant{{ID: 70, SKU: "S1"}, {ID: 71, SKU: "S2", Price: &money{100}, Sizes: []size{{30}, {40}}}, {ID: 72, SKU: "S3"}},
	}
}

func fieldOf[T any](t testing.TB, f liveview.Form[T], path string) liveview.Field {
	t.Helper()
	field, err := f.Field(path)
	if err != nil {
		t.Fatal(err)
	}
	return field
}

// What was loaded is shown in the fields' own texts, and unchanged fields keep more than
// the text says.
func TestFormShowsWhatWasLoaded(t *testing.T) {
	f := liveview.FormOf(shirt(), liveview.As("product"))
	for path, want := range map[string]string{
		"name": "product[name] product_name shirt", "price": "product[price] product_price 12.50", "stock": "product[stock] product_stock 3",
		"since": "product[since] product_since 2026-01-02", "active": "product[active] product_active true", "tags": "product[tags][] product_tags b",
		"maker[city]": "product[maker][city] product_maker_city ", "titles[fr]": "product[titles][fr] product_titles_fr chem",
		"variants[1][sku]": "product[variants][1][sku] product_variants_1_sku S2", "variants[1][price]": "product[variants][1][price] product_variants_1_price 1.00",
		"variants[1][sizes][1][cm]": "product[variants][1][sizes][1][cm] product_variants_1_sizes_1_cm 40",
	} {
		field := fieldOf(t, f, path)
		if got := fmt.Sprint(field.Name, " ", field.ID, " ", field.Value); got != want {
			t.Errorf("%s is %q, want %q", path, got, want)
		}
	}
	if got := fieldOf(t, f, "tags").Values(); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("the tags are %v", got)
	}
	f = f.Apply(typed(t, "product[name]", "product[name]=coat&product[since]=2026-01-02"))
	if want := shirt(); f.Value.Since != want.Since || f.Value.ID != 7 || f.Value.Name != "coat" || f.Loaded().Name != "shirt" {
		t.Errorf("the value is %+v", f.Value)
	}
	blank := liveview.FormOf(product{})
	for _, path := range []string{"price", "stock", "since", "name"} {
		if got := fieldOf(t, blank, path); got.Value != "" || got.Name != path {
			t.Errorf("of a zero product %s is %+v", path, got)
		}
	}
	if got := fieldOf(t, liveview.Form[product]{}, "name"); got.Name != "name" {
		t.Errorf("of a zero form the name is %+v", got)
	}
}

// In a form of what is new, numbers that are zero are blank beside what is preset: so a
// price that must be entered isn't there with 0. It stays so through a reset and a restart.
func TestFormOfSomethingNew(t *testing.T) {
	f := liveview.FormOf(savedProduct{Variants: make([]savedVariant, 1)}, liveview.AsNew())
	data, err := f.MarshalCBOR()
	if err != nil {
		t.Fatal(err)
	}
	var restored liveview.Form[savedProduct]
	if err := restored.UnmarshalCBOR(data); err != nil {
		t.Fatal(err)
	}
	for name, f := range map[string]liveview.Form[savedProduct]{"new": f, "reset": f.Apply(typed(t, "price", "price=7")).Reset(), "restored": restored} {
		if got := fieldOf(t, f, "price").Value; got != "" {
			t.Errorf("%s, the price is %q", name, got)
		}
		if f.Stale(f.Loaded()) {
			t.Errorf("%s, the form differs from what it was loaded with", name)
		}
	}
}

// A value that doesn't fit keeps its text, and the value that was loaded.
func TestFormKeepsWhatDoesNotFit(t *testing.T) {
	f := liveview.FormOf(shirt())
	f = f.Apply(typed(t, "price", "name=&price=12,50&stock=many&since=tomorrow&variants[0][sku]=S+1&variants[1][price]=x&variants[2][sku]=S3"))
	for path, want := range map[string]string{
		"price": "12,50: must be a number such as 12.50", "stock": "many: must be a whole number such as 12",
		"since": "tomorrow: must be a date such as 2006-01-02", "name": ": is required", "variants[0][sku]": "S+1: may have letters and digits only",
		"variants[1][price]": "x: must be a number such as 12.50", "variants[2][sku]": "S3: ",
	} {
		field := fieldOf(t, f, path)
		if got := field.Value + ": " + field.Error; got != want {
			t.Errorf("%s is %q, want %q", path, got, want)
		}
	}
	if f.Valid() || f.Value.Price != (money{1250}) || f.Value.Stock != 3 {
		t.Errorf("valid %v, the value is %+v", f.Valid(), f.Value)
	}
}

// Rules mean what they say of decimals and of nought, and rows are validated without
// "dive".
func TestFormHoldsRules(t *testing.T) {
	all := "name=a&since=&variants[0][sku]=a"
	for _, test := range []struct{ body, path, want string }{
		{"price=0&stock=0", "price", "must be more than 0"},
		{"price=0&stock=0", "stock", ""},
		{"price=&stock=", "price", "is required"},
		{"price=1000.01&stock=-6", "price", "must be at most 1000"},
		{"price=1000&stock=-6", "stock", "must be at least -5"},
		{"price=1&stock=1&variants[0][price]=0", "variants[0][price]", "must be more than 0"},
		{"price=1&stock=1&variants[0][price]=", "variants[0][price]", ""},
		{"price=1&stock=1&variants[0][sizes][9][cm]=0", "variants[0][sizes][0][cm]", "must be at least 1"},
		{"price=1&stock=1&tags[]=abcdef", "tags", "must be at most 5 characters"},
		{"price=1&stock=1&tags[]=a&tags[]=b&tags[]=c", "tags", "must be at most 2 entries"},
		{"price=1&stock=1&titles[it]=camicia", "titles[it]", "must be at most 5 characters"},
		{"price=1&stock=1&maker[email]=x", "maker[city]", "is required"},
		{"price=1&stock=1&maker[email]=x", "maker[email]", "must be an e-mail address"},
		{"price=1&stock=1&maker[email]=&maker[city]=", "maker[city]", ""},
		{"price=1&stock=1&variants[1][sku]=b&variants[2][sku]=b&variants[3][sku]=b", "variants", "must be at most 3 entries"},
	} {
		f := liveview.FormOf(product{}).Apply(typed(t, "", all+"&"+test.body))
		if got := fieldOf(t, f, test.path).Error; got != test.want {
			t.Errorf("%s: %s says %q, want %q", test.body, test.path, got, test.want)
		}
		if f.Valid() != (len(f.Errors()) == 0) {
			t.Errorf("%s: Valid is %v, and the errors are %v", test.body, f.Valid(), f.Errors())
		}
	}
}

// Errors are shown where the user has been, and all of them after a submit.
func TestFormShowsErrorsWhereTheUserHasBeen(t *testing.T) {
	f := liveview.FormOf(product{}, liveview.As("p"))
	f = f.Apply(typed(t, "p[name]", "p[name]=&p[_unused_price]=&p[price]=&p[variants][0][_unused_sku]=&p[variants][0][sku]="))
	if got := [3]string{fieldOf(t, f, "name").Error, fieldOf(t, f, "price").Error, fieldOf(t, f, "variants[0][sku]").Error}; got != [3]string{"is required"} {
		t.Errorf("after a change the errors are %q", got)
	}
	if f.Check("price", false, "is too dear") || f.Check("variants[0][sku]", false, "x") || !f.Check("tags", true, "x") || f.Check("since", false, "is a holiday") {
		t.Error("Check reports something else")
	}
	if fieldOf(t, f, "since").Error != "" {
		t.Error("an error is shown where nobody has been")
	}
	shown := f
	f = f.Apply(typed(t, "", "p[name]=&p[price]=&p[variants][0][sku]="))
	f.Check("since", false, "is a holiday")
	for _, path := range []string{"name", "price", "variants[0][sku]", "stock", "since"} {
		if fieldOf(t, f, path).Error == "" {
			t.Errorf("after a submit %s shows no error", path)
		}
	}
	if fieldOf(t, shown, "price").Error != "" {
		t.Error("an older copy of the form shows the errors of the newer one")
	}
	if len(f.Errors()) != 5 || f.Errors()["p[variants][0][sku]"] != "is required" {
		t.Errorf("Errors = %v", f.Errors())
	}
}

// Rows keep their names, ids and what was loaded wherever they stand.
func TestFormRows(t *testing.T) {
	rows := func(f liveview.Form[product]) string {
		list, err := f.List("variants")
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		for i, row := range list {
			sku, err := row.Field("sku")
			if err != nil || row.Index != i || i >= len(f.Value.Variants) || f.Value.Variants[i].SKU != sku.Value {
				t.Fatalf("row %d is %+v, %+v, %v of %+v", i, row, sku, err, f.Value.Variants)
			}
			fmt.Fprintf(&b, " %s:%s:%d", row.Key, sku.Value, f.Value.Variants[i].ID)
		}
		return strings.TrimSpace(b.String())
	}
	const all = "v=&variants[0][sku]=S1&variants[1][sku]=S2&variants[2][sku]=S3"
	const sorted = "&variants_sort[]=0&variants_sort[]=1&variants_sort[]=2"
	for _, test := range []struct{ name, target, body, want string }{
		{"as they are", "name", all, "0:S1:70 1:S2:71 2:S3:72"},
		{"none is sent", "name", "name=x", "0:S1:70 1:S2:71 2:S3:72"},
		{"one is gone", "name", "variants[0][sku]=S1&variants[2][sku]=S3", "0:S1:70 2:S3:72"},
		{"moved in the page", "name", "variants[2][sku]=S3&variants[0][sku]=S1&variants[1][sku]=S2", "2:S3:72 0:S1:70 1:S2:71"},
		{"sorted", "name", all + "&variants_sort[]=1&variants_sort[]=2&variants_sort[]=0", "1:S2:71 2:S3:72 0:S1:70"},
		{"dropped", "variants_drop[]", all + sorted + "&variants_drop[]=&variants_drop[]=1", "0:S1:70 2:S3:72"},
		{"all are dropped", "variants_drop[]", "variants_drop[]=", ""},
		{"added", "variants_sort[]", all + sorted + "&variants_sort[]=new", "0:S1:70 1:S2:71 2:S3:72 3::0"},
		{"added while another field is typed into", "name", all + sorted + "&variants_sort[]=new", "0:S1:70 1:S2:71 2:S3:72"},
		{"added by a submit", "", all + sorted + "&variants_sort[]=new", "0:S1:70 1:S2:71 2:S3:72 3::0"},
		{"up", "variants_up[]", all + sorted + "&variants_up[]=1", "1:S2:71 0:S1:70 2:S3:72"},
		{"down", "variants_down[]", all + sorted + "&variants_down[]=0@0", "1:S2:71 0:S1:70 2:S3:72"},
		{"down of the last", "variants_down[]", all + sorted + "&variants_down[]=2", "0:S1:70 1:S2:71 2:S3:72"},
		{"keys of a page that has reconnected", "name", all + "&variants[9][sku]=N", "0:S1:70 1:S2:71 2:S3:72 9:N:0"},
		{"hostile", "name", "variants[999999999][sku]=N&variants[-1][sku]=M&variants[][sku]=O&variants[x]=1&variants[a[b]][sku]=1&variants[=1&variants]", "999999999:N:0 -1:M:0 x::0"},
	} {
		f := liveview.FormOf(shirt()).Apply(typed(t, test.target, test.body))
		if got := rows(f); got != test.want {
			t.Errorf("%s: the rows are %q, want %q", test.name, got, test.want)
		}
		if strings.Contains(test.name, "added by") && f.Valid() {
			t.Error("a submit that asks for a new row is valid")
		}
		if got := len(f.Loaded().Variants); got != 3 || f.Loaded().Variants[0].SKU != "S1" {
			t.Errorf("%s: what was loaded has changed: %+v", test.name, f.Loaded())
		}
	}
	// A key isn't used twice, and what was typed into a row goes with it.
	f := liveview.FormOf(shirt())
	f = f.Apply(typed(t, "variants_sort[]", all+sorted+"&variants_sort[]=new"))
	f = f.Apply(typed(t, "variants_drop[]", all+"&variants[3][sku]=N"+sorted+"&variants_sort[]=3&variants_drop[]=3"))
	f = f.Apply(typed(t, "variants_sort[]", "variants[2][sku]=changed&variants[0][sku]=S1&variants[1][sku]=S2&variants_sort[]=new"))
	if got, want := rows(f), "2:changed:72 0:S1:70 1:S2:71 4::0"; got != want {
		t.Errorf("the rows are %q, want %q", got, want)
	}
	if f.Value.Variants[2].Sizes[1].CM != 40 {
		t.Errorf("the rows of a row that has moved are %+v", f.Value.Variants[2])
	}
	if add, err := f.Add("variants"); err != nil || add.Name != "variants_sort[]" || add.Value != "new-5" {
		t.Errorf("Add = %+v, %v", add, err)
	}
	list, _ := liveview.FormOf(shirt(), liveview.As("p")).List("variants")
	for i, got := range []liveview.Field{list[1].Sort(), list[1].Drop(), list[1].Up(), list[1].Down()} {
		if want := "p[variants_" + []string{"sort", "drop", "up", "down"}[i] + "][] " + []string{"1", "1", "1@1", "1@1"}[i]; got.Name+" "+got.Value != want {
			t.Errorf("got %+v, want %s", got, want)
		}
	}
}

// Rows whose struct has a key keep it, so that they aren't taken for others after the
// list was loaded anew.
func TestFormRowsWithKeys(t *testing.T) {
	type line struct {
		ID   int    `form:"-,key"`
		Text string `form:"text"`
	}
	type order struct {
		Lines []line `form:"lines"`
	}
	f := liveview.FormOf(order{[]line{{12, "a"}, {15, "b"}, {0, "c"}}})
	f = f.Apply(typed(t, "lines_sort[]", "lines[15][text]=B&lines[n2][text]=C&lines[99][text]=hostile&lines_sort[]=new"))
	want := []line{{15, "B"}, {0, "C"}, {0, "hostile"}, {0, ""}}
	if !slices.Equal(f.Value.Lines, want) {
		t.Errorf("the lines are %+v, want %+v", f.Value.Lines, want)
	}
	// Somebody has removed the first line meanwhile, and this page has joined again.
	f = liveview.FormOf(order{[]line{{15, "b"}}}).Apply(typed(t, "x", "lines[12][text]=a&lines[15][text]=B"))
	if want := []line{{0, "a"}, {15, "B"}}; !slices.Equal(f.Value.Lines, want) {
		t.Errorf("the lines are %+v, want %+v", f.Value.Lines, want)
	}
}

// What isn't sent stays, but for a box that was just unticked.
func TestFormKeepsWhatIsNotSent(t *testing.T) {
	f := liveview.FormOf(shirt())
	f = f.Apply(typed(t, "name", "name=step+one"))
	f = f.Apply(typed(t, "stock", "stock=9"))
	if f.Value.Name != "step+one" || f.Value.Stock != 9 || !f.Value.Active || len(f.Value.Tags) != 2 {
		t.Errorf("the value is %+v", f.Value)
	}
	f = f.Apply(typed(t, "active", "stock=9"))
	f = f.Apply(typed(t, "tags[]", "stock=9"))
	f = f.Apply(typed(t, "stock", "stock=8"))
	if f.Value.Active || f.Value.Tags != nil || fieldOf(t, f, "active").Has("true") {
		t.Errorf("unticked boxes are %v, %v", f.Value.Active, f.Value.Tags)
	}
	f = f.Apply(typed(t, "active", "active=false&active=on&tags[]=&tags[]=b"))
	if !f.Value.Active || !slices.Equal(f.Value.Tags, []string{"b"}) || !fieldOf(t, f, "active").Has("true") || !fieldOf(t, f, "tags").Has("b") {
		t.Errorf("ticked boxes are %v, %v", f.Value.Active, f.Value.Tags)
	}
}

// A form knows whether it was changed, and can begin again.
func TestFormChangedAndReset(t *testing.T) {
	f := liveview.FormOf(shirt())
	if f.Changed() {
		t.Error("a form that was just loaded is changed")
	}
	f = f.Apply(typed(t, "name", "name=shirt&active=true&variants[0][sku]=S1&variants[1][sku]=S2&variants[2][sku]=S3"))
	if f.Changed() || !f.Valid() {
		t.Errorf("a form with the same values is changed: %v, %v", f.Changed(), f.Errors())
	}
	for _, body := range []string{"name=x", "variants[1][sizes][0][cm]=31", "variants[1][sku]=S2", "titles[de]=x"} {
		changed := f.Apply(typed(t, "name", body))
		if !changed.Changed() {
			t.Errorf("%s: the form isn't changed", body)
		}
		if again := changed.Reset(); again.Changed() || !reflect.DeepEqual(again.Value, shirt()) || fieldOf(t, again, "name").Value != "shirt" {
			t.Errorf("%s: after Reset it is %+v", body, again.Value)
		}
	}
}

// A form tells when somebody else has saved, in the view that loaded it and in one that
// has loaded it anew.
func TestFormStale(t *testing.T) {
	f := liveview.FormOf(shirt(), liveview.As("p"))
	other := shirt()
	if f = f.Apply(typed(t, "", "p[name]=mine")); f.Stale(other) {
		t.Error("a form is stale although nobody has saved")
	}
	other.ID++
	if f.Stale(other) {
		t.Error("a form is stale by a field that it hasn't")
	}
	other.Variants[1].Sizes[0].CM++
	if !f.Stale(other) {
		t.Error("a form isn't stale although somebody has saved")
	}
	version := f.Version()
	again := liveview.FormOf(other, liveview.As("p"))
	if again.Stale(other) {
		t.Error("a form that was loaded anew is stale")
	}
	if again = again.Apply(typed(t, "", "p[name]=mine&"+version.Name+"="+version.Value)); !again.Stale(other) {
		t.Error("what was typed before the page joined again isn't stale")
	}
}

// Rules become attributes.
func TestFieldAttrs(t *testing.T) {
	f := liveview.FormOf(product{Name: `"x"`}, liveview.As("p")).Apply(typed(t, "", "p[name]="))
	for path, want := range map[string]string{
		"name":        `aria-describedby="p_name-error" aria-invalid="true" id="p_name" maxlength="40" name="p[name]" required type="text" value=""`,
		"price":       `aria-describedby="p_price-error" aria-invalid="true" id="p_price" inputmode="decimal" name="p[price]" required type="text" value="0.00"`,
		"stock":       `id="p_stock" name="p[stock]" required type="text" value="0"`,
		"since":       `id="p_since" name="p[since]" type="date" value=""`,
		"active":      `id="p_active" name="p[active]" type="checkbox" value="true"`,
		"maker[city]": `id="p_maker_city" name="p[maker][city]" required type="text" value=""`,
	} {
		attrs, err := fieldOf(t, f, path).Attrs().HTML()
		if string(attrs) != want || err != nil {
			t.Errorf("%s has %s, %v, want %s", path, attrs, err, want)
		}
	}
}

// Fields say what HTML can check of their rules.
func TestFieldDescribesItsRules(t *testing.T) {
	type all struct {
		Text  string    `form:"text" binding:"min=2,max=9"`
		Code  string    `form:"code" binding:"alphanum,len=4"`
		Mail  string    `form:"mail" binding:"omitempty,email"`
		Seats uint      `form:"seats" binding:"gt=0,lt=9"`
		Ratio *float64  `form:"ratio"`
		Below int       `form:"below" binding:"min=-5"`
		Time  time.Time `form:"time" time_format:"2006-01-02T15:04"`
		Kinds []string  `form:"kinds"`
	}
	f := liveview.FormOf(all{}).Apply(typed(t, "text", "text=a"))
	if f.Submitted() {
		t.Error("a change is a submit")
	}
	for path, want := range map[string]liveview.Field{
		"text":  {Type: "text", MinLength: 2, MaxLength: 9, Used: true, Changed: true},
		"code":  {Type: "text", MinLength: 4, MaxLength: 4, Pattern: "[A-Za-z0-9]+"},
		"mail":  {Type: "email"},
		"seats": {Type: "text", InputMode: "numeric", Min: "1", Max: "8", Step: "1"},
		"ratio": {Type: "text", InputMode: "decimal", Step: "any"},
		"below": {Type: "text", Min: "-5", Step: "1"},
		"time":  {Type: "datetime-local"},
		"kinds": {Type: "text", Multi: true},
	} {
		got := fieldOf(t, f, path)
		described := liveview.Field{
			Type: got.Type, InputMode: got.InputMode, Min: got.Min, Max: got.Max, Step: got.Step, Pattern: got.Pattern,
			MinLength: got.MinLength, MaxLength: got.MaxLength, Required: got.Required, Used: got.Used, Changed: got.Changed, Multi: got.Multi,
		}
		if described != want {
			t.Errorf("%s is %+v, want %+v", path, described, want)
		}
		if _, typed := got.ControlAttrs()["type"]; typed {
			t.Errorf("%s: a select or textarea has a type", path)
		}
	}
	if f = f.Apply(typed(t, "", "text=abc")); !f.Submitted() || fieldOf(t, f, "code").ErrorID != "code-error" {
		t.Errorf("after a submit: %v", f.Submitted())
	}
}

// A name that no field has is told with the one that was meant.
func TestFormOfAnUnknownField(t *testing.T) {
	f := liveview.FormOf(shirt())
	_, err := f.Field("variants[0][skuu]")
	if want := `liveview: the form of liveview_test.productVariant has no field "skuu"; did you mean "sku"?`; err == nil || err.Error() != want {
		t.Errorf("Field = %v, want %s", err, want)
	}
	for _, path := range []string{"variants[3][sku]", "variants[x]", "zzz", "", "[", "a[b", "titles[it]"} {
		if _, err := f.Field(path); err == nil {
			t.Errorf("Field(%q) is there", path)
		}
		if _, err := f.List(path); err == nil {
			t.Errorf("List(%q) is there", path)
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("Check of a field that isn't there is taken")
		}
	}()
	f.Check("nam", true, "")
}

// Sentences are said in the language of the page's visitor.
func TestConfigSentence(t *testing.T) {
	german := liveview.Config{Sentence: func(locale string, p liveview.FieldProblem) string {
		switch {
		case !strings.HasPrefix(locale, "de") || p.Name != "p[price]":
			return ""
		case p.Rule == "fit" && p.Kind == "number":
			return "muss eine Zahl sein wie " + p.Example
		}
		return p.Rule + " " + p.Param + ", " + p.String()
	}}
	for _, test := range []struct {
		header string
		locale func(*gin.Context) string
		want   []string
	}{
		{"de-CH,de;q=0.9", nil, []string{"muss eine Zahl sein wie 12.50", "gt 0, must be more than 0"}},
		{"fr", nil, []string{"must be a number such as 12.50", "must be more than 0"}},
		{"fr", func(*gin.Context) string { return "de" }, []string{"muss eine Zahl sein wie 12.50", "gt 0, must be more than 0"}},
	} {
		config := german
		config.Locale = test.locale
		s := newSite(t, config, func(r *gin.Engine) {
			r.Use(func(c *gin.Context) { c.Request.Header.Set("Accept-Language", test.header) })
			liveview.Handle(r, "/", productView(product{}))
		})
		c := s.open("/")
		for i, text := range []string{"x", "0"} {
			if _, response := c.call("event", formEvent("change", "p[price]="+text, map[string]any{"_target": "p[price]"})); !strings.Contains(fmt.Sprint(response), test.want[i]) {
				t.Errorf("%s: the answer is %v, want %q in it", test.header, response, test.want[i])
			}
		}
	}
}

// FormFor is of one event, and leaves what it means.
func TestFormFor(t *testing.T) {
	in := product{Stock: 4}
	f := liveview.FormFor(&in, typed(t, "name", "p[name]=x&p[price]=1.20"), liveview.As("p"))
	if in.Name != "x" || in.Price.cents != 120 || in.Stock != 4 || !f.Valid() || !reflect.DeepEqual(in, f.Value) {
		t.Errorf("%+v, %v", in, f.Errors())
	}
}

// A body allocates by what it has in it, whatever its indexes say.
func TestFormOfHostileBodies(t *testing.T) {
	var deep, wide strings.Builder
	var drops [3]strings.Builder
	deep.WriteString("variants")
	for range 30 {
		deep.WriteString("[0]")
	}
	for i := range 12_000 {
		fmt.Fprintf(&wide, "&variants[%d][sku]=", i*1_000_003)
		drops[0].WriteString("&variants_sort[]=new")
		fmt.Fprintf(&drops[1], "&variants_up[]=%d", i)
		fmt.Fprintf(&drops[2], "&variants_drop[]=%d", i)
	}
	most := 0.0
	defer func() { figure(t, "%.0f bytes allocated for each that came, at most", most) }()
	for name, body := range map[string]string{"deep": deep.String() + "=1", "wide": wide.String()[1:], "new": drops[0].String()[1:], "up": drops[1].String()[1:], "drops": drops[2].String()[1:]} {
		e := typed(t, "", body)
		f := liveview.FormOf(product{})
		var before, now runtime.MemStats
		runtime.ReadMemStats(&before)
		after := f.Apply(e)
		runtime.ReadMemStats(&now)
		got := now.TotalAlloc - before.TotalAlloc
		if got > uint64(100*len(body)+100_000) {
			t.Errorf("%s: %d bytes are allocated for a body of %d", name, got, len(body))
		}
		if len(body) > 1000 {
			most = max(most, float64(got)/float64(len(body)))
		}
		if name == "wide" && after.Errors()["variants"] == "" {
			t.Errorf("%s: %d rows are taken, without a word", name, len(after.Value.Variants))
		}
	}
}

// fixed is a decimal that writes itself without the zeros at its end, and knows of them.
type fixed struct{ text string }

func (f *fixed) UnmarshalText(text []byte) error { f.text = string(text); return nil }
func (f fixed) MarshalText() ([]byte, error) {
	return []byte(strings.TrimRight(strings.TrimRight(f.text, "0"), ".")), nil
}

func (f fixed) Exponent() int32 {
	_, behind, _ := strings.Cut(f.text, ".")
	return -int32(len(behind))
}

func (f fixed) StringFixed(places int32) string {
	whole, behind, _ := strings.Cut(f.text, ".")
	return whole + "." + (behind + strings.Repeat("0", 9))[:places]
}

// A decimal is shown with all the places that it has.
func TestDecimalsKeepTheirPlaces(t *testing.T) {
	type item struct {
		Price fixed `form:"price"`
	}
	for text, want := range map[string]string{"12.50": "12.50", "12.5": "12.5", "7": "7", "0.10": "0.10"} {
		field, err := liveview.FormOf(item{fixed{text}}).Field("price")
		if err != nil || field.Value != want {
			t.Errorf("%s is shown as %q, %v; want %q", text, field.Value, err, want)
		}
	}
}
