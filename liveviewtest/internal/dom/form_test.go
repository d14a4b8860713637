package dom_test

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/gin-liveview/liveview/liveviewtest/internal/dom"
)

func parse(t *testing.T, source string) *dom.Document {
	t.Helper()
	root, err := html.Parse(strings.NewReader(source))
	if err != nil {
		t.Fatal(err)
	}
	return dom.NewDocument(root)
}

func one(t *testing.T, d *dom.Document, selector string) *html.Node {
	t.Helper()
	all, err := dom.Query(d.Root, selector)
	if err != nil || len(all) != 1 {
		t.Fatalf("%q matches %d elements (%v), want one", selector, len(all), err)
	}
	return all[0]
}

// A form sends what a browser sends: of each control that has a name, is on and
// isn't disabled its value, in the order of the document.
func TestEntries(t *testing.T) {
	const form = `<form id="f">%</form><input name="beside" form="f" value="b">`
	for name, tc := range map[string]struct{ controls, submitter, want string }{
		"text":              {`<input name="a" value="1"><input value="nameless"><textarea name="t">x y</textarea>`, "", "a=1&t=x+y&beside=b"},
		"disabled":          {`<input name="a" disabled value="1"><fieldset disabled><legend><input name="in" value="2"></legend><input name="out" value="3"></fieldset>`, "", "in=2&beside=b"},
		"boxes":             {`<input type="checkbox" name="c"><input type="checkbox" name="c" checked><input type="radio" name="r" value="1" checked>`, "", "c=on&r=1&beside=b"},
		"select":            {`<select name="s"><option disabled>a</option><option> b  c </option></select>`, "", "s=b+c&beside=b"},
		"several options":   {`<select name="s" multiple><option selected>a</option><option>b</option><option selected value="3">c</option></select>`, "", "s=a&s=3&beside=b"},
		"a disabled option": {`<select name="s"><optgroup disabled><option selected>a</option></optgroup></select>`, "", "beside=b"},
		"no button":         {`<button name="go" value="1">go</button><input type="submit" name="go" value="2">`, "", "beside=b"},
		"its own button":    {`<button name="go" value="1">go</button><input type="submit" name="go" value="2">`, "[type=submit]", "go=2&beside=b"},
		"files":             {`<input type="file" name="f">`, "", "beside=b"},
		"suggestions":       {`<datalist><input name="a" value="1"></datalist>`, "", "beside=b"},
		"escapes":           {`<input name="a[b]" value="é ~*'!()&amp;+%">`, "", "a%5Bb%5D=%C3%A9+%7E*%27%21%28%29%26%2B%25&beside=b"},
	} {
		t.Run(name, func(t *testing.T) {
			d := parse(t, strings.Replace(form, "%", tc.controls, 1))
			var submitter *html.Node
			if tc.submitter != "" {
				submitter = one(t, d, tc.submitter)
			}
			if got := dom.Encode(d.Entries(one(t, d, "#f"), submitter)); got != tc.want {
				t.Errorf("the form sends %s, want %s", got, tc.want)
			}
		})
	}
}

// A form with such a field isn't submitted, or is.
func TestInvalid(t *testing.T) {
	for source, want := range map[string]string{
		`<input required>`:                                      "is required",
		`<input required value="x">`:                            "",
		`<input required disabled>`:                             "",
		`<input required readonly>`:                             "",
		`<textarea required></textarea>`:                        "is required",
		`<select required><option value="">?</option></select>`: "is required",
		`<input type="checkbox" required>`:                      "is required",
		`<input type="radio" name="r" required><input type="radio" name="r" checked disabled>`: "",
		`<input type="radio" name="r" required>`:                                               "is required",
		`<input type="file" required>`:                                                         "is required",
		`<input type="hidden" required>`:                                                       "",
		`<input type="email" value="ada">`:                                                     "no e-mail address",
		`<input type="email" value="ada@example.org">`:                                         "",
		`<input type="url" value="example">`:                                                   "no URL",
		`<input type="url" value="https://example.org">`:                                       "",
		`<input type="number" value="x">`:                                                      "", // which holds nothing
		`<input type="number" min="2" value="1">`:                                              "less than 2",
		`<input type="number" max="2" value="3">`:                                              "more than 2",
		`<input type="number" min="1" max="3" value="2">`:                                      "",
		`<input pattern="[a-z]+" value="a1">`:                                                  "doesn't match its pattern",
		`<input pattern="[a-z]+" value="ab">`:                                                  "",
		`<input pattern="[a-z]+">`:                                                             "",
		`<input minlength="3" value="ab">`:                                                     "", // nobody has typed it
	} {
		d := parse(t, "<form>"+source+"</form>")
		n := dom.Find(d.Root, func(n *html.Node) bool { return dom.Kind(n) != "" })
		if got := d.Invalid(n); (got == "") != (want == "") || !strings.Contains(got, want) {
			t.Errorf("%s: %q, want %q", source, got, want)
		}
	}
	d := parse(t, `<input minlength="3">`)
	n := one(t, d, "input")
	d.SetValue(n, "ab")
	if got := d.Invalid(n); !strings.Contains(got, "shorter than 3") {
		t.Errorf("two letters of three: %q", got)
	}
}

// Of the radio buttons of one name and form, one is on.
func TestRadioButtonsOfOneName(t *testing.T) {
	d := parse(t, `<form><input type="radio" name="r" id="a" checked><input type="radio" name="r" id="b"><input type="radio" name="s" id="c" checked></form>
		<input type="radio" name="r" id="d" checked>`)
	d.SetChecked(one(t, d, "#b"), true)
	var on []string
	for _, n := range dom.FindAll(d.Root, dom.Named("input")) {
		if d.Checked(n) {
			on = append(on, dom.Attr(n, "id"))
		}
	}
	if want := []string{"b", "c", "d"}; !slices.Equal(on, want) {
		t.Errorf("on are %q, want %q", on, want)
	}
}

// A reset takes back what was entered, and nothing else.
func TestReset(t *testing.T) {
	d := parse(t, `<form><input name="a" value="1"><input type="checkbox" name="c" checked><select name="s"><option>x</option><option>y</option></select></form>`)
	form, field := one(t, d, "form"), one(t, d, "[name=a]")
	before := dom.Encode(d.Entries(form, nil))
	d.SetValue(field, "2")
	d.SetChecked(one(t, d, "[name=c]"), false)
	d.Choose(one(t, d, "select"), dom.Options(form)[1:])
	d.Edit(field).Sticky.ChangeClasses(field, []string{"on"}, nil)
	if got := dom.Encode(d.Entries(form, nil)); got != "a=2&s=y" {
		t.Errorf("with what was entered the form sends %s", got)
	}
	d.Reset(form)
	if got := dom.Encode(d.Entries(form, nil)); got != before || !slices.Contains(dom.Classes(field), "on") {
		t.Errorf("after a reset the form sends %s, and the field has the classes %q", got, dom.Classes(field))
	}
}
