package e2e

import (
	"encoding/json"
	"fmt"
	"html"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/liveviewtest"
)

// renderedFields are controls as a server renders them. What a browser takes for their
// values, and whether it submits them, differs from one to the next.
var renderedFields = []string{
	`<input value="a&#10;b&#13;c">`, `<input type="search" value=" x ">`, `<input type="tel" value="1&#10;2">`, `<input type="password" value="a&#10;b">`,
	`<input type="email" value=" a@b ">`, `<input type="email" multiple value=" a@b , c@d ">`, `<input type="url" value=" http://a ">`,
	`<input type="number" value="abc">`, `<input type="number" value="1.50">`, `<input type="number" value="+5">`, `<input type="number" value="1e3">`, `<input type="number" value=".5">`, `<input type="number" value="1.">`, `<input type="number" value=" 5">`, `<input type="number" value="1e">`, `<input type="number" value="-0">`, `<input type="number" value="1e999">`, `<input type="number" value="Infinity">`,
	`<input type="range">`, `<input type="range" max="10" value="50">`, `<input type="range" min="5" max="10" value="1">`, `<input type="range" min="10" max="5">`, `<input type="range" step="7" value="50">`, `<input type="range" max="10" step="3" value="9.9">`, `<input type="range" value="abc">`, `<input type="range" step="any" value="12.34">`, `<input type="range" min="-1" max="1" step="0.1" value="0.25">`, `<input type="range" min="0" max="5" step="2" value="5">`, `<input type="range" min="0" max="1">`, `<input type="range" min="1" max="2" step="10" value="2">`,
	`<input type="date" value="tomorrow">`, `<input type="date" value="2024-02-30">`, `<input type="date" value="2024-02-29">`, `<input type="date" value="24-02-28">`, `<input type="date" value="12024-02-28">`, `<input type="date" value="0000-01-01">`,
	`<input type="time" value="12:30">`, `<input type="time" value="12:30:15.5">`, `<input type="time" value="25:00">`, `<input type="time" value="12:30:15.1234">`, `<input type="time" value="9:30">`,
	`<input type="datetime-local" value="2024-02-29T12:30">`, `<input type="datetime-local" value="2024-02-29 12:30">`, `<input type="datetime-local" value="2024-02-29T12:30:00.000">`, `<input type="datetime-local" value="2024-02-29T12:30:01.500">`, `<input type="datetime-local" value="2024-02-29T12:30Z">`,
	`<input type="month" value="2024-13">`, `<input type="month" value="2024-02">`, `<input type="week" value="2024-W53">`, `<input type="week" value="2020-W53">`, `<input type="week" value="2020-W00">`, `<input type="week" value="2020-W5">`,
	`<input type="color">`, `<input type="color" value="#FFAA00">`, `<input type="color" value="#fff">`,
	"<textarea>\na\r\nb\rc</textarea>", `<input type="hidden" value="a&#10;b">`, `<input type="submit" value="a&#10;b">`,
	`<select><option>a</option></select>`,
	`<input type="number" value="1.5">`, `<input type="number" step="any" value="1.5">`, `<input type="number" step="0.1" value="0.3">`, `<input type="number" step="0.1" value="0.35">`, `<input type="number" min="1" step="2" value="4">`, `<input type="number" min="1" step="2" value="5">`, `<input type="number" value="0.5" step="1">`, `<input type="number" step="0" value="1.5">`, `<input type="number" step="-1" value="1.5">`, `<input type="number" step="abc" value="1.5">`, `<input type="number" max="3" value="3.0">`, `<input type="number" max="3" value="4">`, `<input type="number" min="abc" value="-4">`, `<input type="number" min="5" max="1" value="3">`, `<input type="number" step="0.01" value="19.99">`, `<input type="number" step="1e-10" value="0.1">`, `<input type="number" step="3" value="1e20">`, `<input type="number" step="ANY" value="1.5">`,
	`<input type="date" min="2024-01-10" value="2024-01-09">`, `<input type="date" max="2024-01-10" value="2024-01-11">`, `<input type="date" min="2024-01-01" step="7" value="2024-01-08">`, `<input type="date" min="2024-01-01" step="7" value="2024-01-09">`, `<input type="date" step="2" value="1970-01-02">`, `<input type="date" step="2.5" min="2024-01-01" value="2024-01-03">`, `<input type="date" step="0.5" min="2024-01-01" value="2024-01-02">`,
	`<input type="time" min="09:00" max="17:00" value="18:00">`, `<input type="time" min="22:00" max="06:00" value="23:00">`, `<input type="time" min="22:00" max="06:00" value="12:00">`, `<input type="time" value="12:30:15">`, `<input type="time" step="1" value="12:30:15">`, `<input type="time" step="1" value="12:30:15.5">`, `<input type="time" step="900" value="12:20">`, `<input type="time" step="0.1" value="12:20:00.25">`,
	`<input type="datetime-local" step="3600" value="2024-02-29T12:30">`, `<input type="datetime-local" min="2024-02-29T13:00" value="2024-02-29T12:30">`, `<input type="datetime-local" value="2024-02-29T12:30:10">`,
	`<input type="month" min="2024-01" value="2023-12">`, `<input type="month" step="3" value="1970-04">`, `<input type="month" step="3" value="1970-05">`, `<input type="month" min="2024-01" step="3" value="2024-04">`, `<input type="week" min="2024-W02" value="2024-W01">`, `<input type="week" step="2" value="1970-W01">`, `<input type="week" step="2" value="1970-W02">`,
	`<input type="email" value="a@@b">`, `<input type="email" value="a@b">`, `<input type="email" value="a b@c">`, `<input type="email" value="a@b.">`, `<input type="email" value="a@-b">`, `<input type="email" value="@b">`, `<input type="email" value="a@b_c">`, `<input type="email" value="a.@b">`, `<input type="email" value="é@b">`, `<input type="email" value="a@müller.de">`, `<input type="email" multiple value="a@b,c">`, `<input type="email" multiple value="a@b,">`, `<input type="email" value="a@b,c@d">`, `<input type="email" pattern=".+@x" value="a@b">`, `<input type="email" multiple pattern=".+@b" value="a@b,c@b">`, `<input type="email" multiple pattern=".+@b" value="a@b,c@d">`, `<input type="email" value="a@[1.2.3.4]">`, `<input type="email" value="&quot;a&quot;@b">`,
	`<input type="email" value="` + "a@" + strings.Repeat("x", 64) + `">`,
	`<input type="url" value="example">`, `<input type="url" value="http:">`, `<input type="url" value="http://">`, `<input type="url" value="foo:bar">`, `<input type="url" value="foo:">`, `<input type="url" value="http:example">`, `<input type="url" value="http://a b">`, `<input type="url" value="http://a/b c">`, `<input type="url" value="/path">`, `<input type="url" value="//a">`, `<input type="url" value="mailto:x">`, `<input type="url" value="http://a:99999">`, `<input type="url" value="http://é.com/ü">`, `<input type="url" value="http://a%zz/">`, `<input type="url" value="http://a/%zz">`, `<input type="url" value="1a:b">`, `<input type="url" value="http://[::1]/">`, `<input type="url" value="http://[::1">`, `<input type="url" value="http://a_b/">`, `<input type="url" value="http://a<b/">`, `<input type="url" value="HTTP:\\a">`, `<input type="url" value="http://user:pw@a/">`, `<input type="url" pattern="https://.*" value="http://a">`,
	`<input required>`, `<input required value=" ">`, `<input required readonly>`, `<input type="checkbox" required readonly>`, `<input type="radio" name="q" required readonly>`, `<select required><option value="">?</option></select>`, `<select required><option value="1">1</option><option value="" selected>2</option></select>`, `<select required><optgroup><option value="">?</option></optgroup></select>`, `<select required size="3"><option value="" selected>?</option></select>`, `<select required size="3"><option>a</option></select>`, `<select required multiple><option value="" selected>?</option></select>`, `<select required multiple><option>a</option></select>`, `<select required readonly><option value="">?</option></select>`, `<input type="range" required>`, `<input type="color" required>`, `<input type="hidden" required>`, `<input type="submit" required>`, `<input type="number" required value="abc">`, `<input type="number" readonly value="1.5">`, `<input type="range" readonly min="0" max="1" value="5">`, `<datalist><input required></datalist>`, `<input type="file" required readonly>`, `<textarea required></textarea>`, `<textarea required> </textarea>`, `<textarea required readonly></textarea>`, `<fieldset disabled><input required></fieldset>`, `<div hidden><input required></div>`, `<input type="button" required>`, `<select required disabled><option value="">?</option></select>`, `<select required><option value="" disabled selected>?</option><option>a</option></select>`, `<select required><option disabled>a</option></select>`, `<select><option disabled>a</option></select>`, `<select><option disabled>a</option><option>b</option></select>`, `<select><option disabled selected>a</option><option>b</option></select>`, `<select><optgroup disabled><option>a</option></optgroup><option>b</option></select>`, `<select><option selected>a</option><option selected>b</option></select>`, `<select size="2"><option>a</option><option>b</option></select>`, `<select size="0"><option>a</option></select>`, `<select size="abc"><option>a</option></select>`, `<select size="-1"><option>a</option></select>`, `<select><option label="L"> a  b </option></select>`, `<select></select>`,
	`<input minlength="3" value="ab">`, `<input maxlength="1" value="ab">`,
}

// patterns are those of pattern attributes: some aren't in order, and some that
// look so aren't either.
var patterns = []string{
	`[a-z]+`, `(?=.*\d).{3,}`, `(a)\1`, `[\w-]+`, `[a-z0-9._%+-]+`, `[\w\-]+`, `(`, `[(]`, `\p{L}+`, `\p{Lu}+`, `\p{Script=Greek}+`,
	`\p{Nope}`, `[[a-z]--[aeiou]]+`, `\d{3}`, `.`, `\w+`, `a|b`, `\u{61}`, `\u0061`, `\-`, `\@`, `a{,3}`, `a{`, `(?i)a`, `(?i:a)`,
	`(?<n>a)\k<n>`, `(?P<n>a)`, `\Aa\z`, `^a$`, `a++`, `[^]`, `[]`, `(?<!b)a`, ``, `[[:alpha:]]`, `]`, `}`, `[&&]`, `[a&&b]`, `[!!]`, `\s`,
	`[\q{ab|c}]`, `\8`, `\cA`, `[^\d]+`, `\b`, `[\b]`, `[.]`, `[A-Za-z]{2}\d{3}/\d`, `[/]`, `(?:a|b)*`, `a.b`, `x`, `[[a-z]&&[aeiou]]+`,
	`[^[a-c][x-z]]+`, `[a[bc]-]`, `[\p{L}--[a-z]--b]+`, `[a-z&&b]`, `[\x41-\x43]+`, `[\u{41}-C]+`, `[\w&&\d]`, `[\d-a]`, `[a-\d]`,
	`\p{RGI_Emoji}`, `(?i-m:A)b`, `a{2}`, `a{1,2}`, `a{2,1}`, `[\-\.\!\&]+`, `\k`, `(?<a>.)|(?<a>..)`, `[a-]`, `[-a]`, `[a-z--c]`,
	`\u{110000}`, `\0`, `\01`, `a**`, `?`, `a|`, `()`, `(?=a)*`, `.+@example\.com`, `\+?[0-9 ]{3,}`, `[\^a]`, `[^\^a]`, `[|]`, `[,,]`,
	`[\q{a}]`, `[\q{ab}--\q{ab}]`, `[^\q{ab}]`,
}

// refuser is a testing.TB that keeps what would have ended the test.
type refuser struct {
	testing.TB
	said string
}

func (r *refuser) Fatalf(format string, args ...any) {
	r.said = fmt.Sprintf(format, args...)
	panic(r)
}

// refuses returns why a test would end with act, "" if it wouldn't.
func (r *refuser) refuses(act func()) (why string) {
	r.said = ""
	defer func() {
		if p := recover(); p != nil && p != any(r) {
			panic(p)
		}
		why = r.said
	}()
	act()
	return ""
}

// both opens a page in Chromium and in liveviewtest. Whatever the page says of
// itself is no error.
func both(t *testing.T, l *lab, path string) (*tab, *liveviewtest.View, *refuser) {
	t.Helper()
	r := &refuser{TB: t}
	tb := newPerson(t).visit(l.URL + path)
	tb.expect("regular expression", "does not conform", "cannot be parsed", "The specified value", "not focusable")
	tb.live()
	return tb, liveviewtest.Open(r, l.Config.Handler, path, liveviewtest.Options{Warn: func(string) {}}), r
}

// still is a view that listens to everything and shows the same for ever.
func still(source string) view[struct{}] {
	return view[struct{}]{page: liveview.MustParse[struct{}](source)}
}

// control is the only field of a form.
func control(form int) string {
	return fmt.Sprintf("#f%[1]d input, #f%[1]d select, #f%[1]d textarea", form)
}

const controlJS = `const control = (form) => form.querySelector("input, select, textarea");`

// A field holds what it holds in Chromium, and lets its form be submitted if it
// does there, as the server rendered it.
func TestLiveviewtestTakesFieldsAsTheBrowserDoes(t *testing.T) {
	t.Parallel()
	var source strings.Builder
	for i, field := range renderedFields {
		fmt.Fprintf(&source, `<form id="f%d" phx-submit="s">%s<button>Send</button></form>`, i, field)
	}
	l := newLab(t, controlJS, func(r *gin.Engine) { liveview.Handle(r, "/", still(source.String())) })
	tb, v, r := both(t, l, "/")
	type state struct {
		Value string
		Valid bool
	}
	want := eval[[]state](tb, `[...document.querySelectorAll("form")].map((f) => {
		const n = control(f);
		return {value: n.matches("[type=checkbox], [type=radio]") && !n.checked ? "" : n.value, valid: f.checkValidity()};
	})`)
	for i, field := range renderedFields {
		var got state
		got.Value = v.Value(control(i))
		why := r.refuses(func() { v.Submit(fmt.Sprintf("#f%d", i)) })
		if got.Valid = why == ""; got != want[i] {
			t.Errorf("%s: liveviewtest has %+v (%s), Chromium %+v", field, got, why, want[i])
		}
	}
}

// A pattern is applied, or found fault with, as Chromium does.
func TestLiveviewtestReadsPatternsAsTheBrowserDoes(t *testing.T) {
	t.Parallel()
	probes := []string{"a", "b", "ab", "aa", "A", "abc", "ab1", "1", "é", "α", "😀", "!", "&", "-", ".", "a-!", "a@example.com", "AB123/4", "[", "{", "]", "^", "x", "+1 2"}
	var source strings.Builder
	for i, pattern := range patterns {
		fmt.Fprintf(&source, `<form id="f%d" phx-submit="s"><input pattern="%s"></form>`, i, html.EscapeString(pattern))
	}
	l := newLab(t, controlJS, func(r *gin.Engine) { liveview.Handle(r, "/", still(source.String())) })
	tb, _, _ := both(t, l, "/")
	arg, err := json.Marshal(probes)
	if err != nil {
		t.Fatal(err)
	}
	type verdict struct {
		Fault  bool
		Passes []bool
	}
	want := eval[[]verdict](tb, `[...document.querySelectorAll("form")].map((f) => {
		const n = control(f), v = {fault: false, passes: []};
		try { new RegExp(n.pattern, "v") } catch { v.fault = true }
		for (const probe of `+string(arg)+`) { n.value = probe; v.passes.push(n.checkValidity()) }
		return v;
	})`)
	r, warned := &refuser{TB: t}, ""
	v := liveviewtest.Open(r, l.Config.Handler, "/", liveviewtest.Options{Warn: func(w string) { warned += w }})
	for i, pattern := range patterns {
		warned = ""
		for k, probe := range probes {
			v.Change(control(i), probe)
			passes := r.refuses(func() { v.Submit(fmt.Sprintf("#f%d", i)) }) == ""
			if passes != want[i].Passes[k] && !strings.Contains(warned, "can't be checked here") {
				t.Errorf("%s with %q: liveviewtest lets it pass: %v (%s), Chromium: %v", pattern, probe, passes, warned, want[i].Passes[k])
			}
		}
		if fault := strings.Contains(warned, "a browser ignores the pattern"); fault != want[i].Fault {
			t.Errorf("%s: liveviewtest finds fault: %v (%s), Chromium: %v", pattern, fault, warned, want[i].Fault)
		}
	}
}

// What a user enters is held as Chromium holds it, or else refused: then Chromium
// would hold something else.
func TestLiveviewtestTakesEntriesAsTheBrowserDoes(t *testing.T) {
	t.Parallel()
	entries := []struct {
		field string
		keys  bool // that a user types; else what a picker is set to
		texts []string
	}{
		{`<input type="number">`, true, []string{"abc", "5", "-5", "1.50", "1e3", "1e", "1.", ".5", "+5", "1,5", "--1", "1 2", "1e400", "01", "1.5.5", "5-"}},
		{`<input type="number" step="2" max="3" maxlength="1">`, true, []string{"5", "0.5", "123"}},
		{`<input>`, true, []string{"x", " x ", "x\ny"}},
		{`<input maxlength="3">`, true, []string{"abcd", "äöüß", "😀😀"}},
		{`<input type="email">`, true, []string{"a@b", " a@b ", "a@müller.de", "a@@b"}},
		{`<input type="tel">`, true, []string{"x"}},
		{`<textarea maxlength="5"></textarea>`, true, []string{"a\nb", "abcdefg"}},
		{`<input type="range" max="10">`, false, []string{"50", "5", "4.5", "-1", "x"}},
		{`<input type="range" min="1" max="2" step="any">`, false, []string{"1.25", "3"}},
		{`<input type="date" min="2024-01-01">`, false, []string{"tomorrow", "2024-02-30", "2023-02-28", "2024-2-3", ""}},
		{`<input type="time">`, false, []string{"noon", "24:00", "12:30", "12:30:01.5"}},
		{`<input type="datetime-local">`, false, []string{"2024-02-29", "2024-02-29T12:30", "2024-02-29T12:30:00Z"}},
		{`<input type="month">`, false, []string{"2024", "2024-12", "2024-13"}},
		{`<input type="week">`, false, []string{"2024-W53", "2020-W53"}},
		{`<input type="color">`, false, []string{"#12", "#aabbcc", "#AABBCC", "x"}},
	}
	var source strings.Builder
	for i, e := range entries {
		fmt.Fprintf(&source, `<form id="f%d" phx-submit="s">%s</form>`, i, e.field)
	}
	l := newLab(t, controlJS, func(r *gin.Engine) { liveview.Handle(r, "/", still(source.String())) })
	tb, v, r := both(t, l, "/")
	for i, e := range entries {
		for _, text := range e.texts {
			n := fmt.Sprintf(`control(document.querySelector("#f%d"))`, i)
			if e.keys {
				tb.js(n + `.focus(); ` + n + `.value = ""`)
				tb.run(pressed(strings.ReplaceAll(text, "\n", "\r")))
			} else {
				quoted, err := json.Marshal(text)
				if err != nil {
					t.Fatal(err)
				}
				tb.js(n + `.value = ` + string(quoted))
			}
			want := eval[string](tb, n+`.value`)
			why := r.refuses(func() { v.Change(control(i), text) })
			switch got := v.Value(control(i)); {
			case why == "" && got != want:
				t.Errorf("%s, entered %q: liveviewtest holds %q, Chromium %q", e.field, text, got, want)
			case why != "" && want == text:
				t.Errorf("%s, entered %q: liveviewtest refuses that (%s), and Chromium doesn't", e.field, text, why)
			}
		}
	}
}

// Enter submits a form where it does in Chromium.
func TestLiveviewtestSubmitsByEnterAsTheBrowserDoes(t *testing.T) {
	t.Parallel()
	var forms []string
	for _, field := range []string{
		`<input>`, `<input type="number">`, `<input type="date">`, `<input type="time">`, `<input type="range">`, `<input type="checkbox">`, `<input type="radio">`,
		`<textarea></textarea>`, `<input type="email">`, `<input type="search">`,
	} {
		for _, rest := range []string{
			``, `<input data-other>`, `<input data-other type="number">`, `<input data-other type="date">`, `<input data-other disabled>`, `<input data-other type="hidden">`,
			`<textarea data-other></textarea>`, `<button>Send</button>`, `<button disabled>Send</button>`, `<button disabled>A</button><button>B</button>`,
			`<button type="button">No</button>`, `<input type="submit" hidden>`, `<input data-other><button>Send</button>`,
		} {
			forms = append(forms, field+rest)
		}
	}
	var source strings.Builder
	for i, form := range forms {
		fmt.Fprintf(&source, `<form id="f%d" phx-submit="s">%s</form>`, i, form)
	}
	script := controlJS + `const submits = []; addEventListener("submit", (e) => submits.push(e.target.id), true);`
	l := newLab(t, script, func(r *gin.Engine) { liveview.Handle(r, "/", still(source.String())) })
	tb, v, r := both(t, l, "/")
	for i, form := range forms {
		tb.holds(`!document.querySelector("[data-phx-ref-src]")`)
		tb.js(fmt.Sprintf(`submits.length = 0; control(document.querySelector("#f%d")).focus()`, i))
		tb.run(pressed("\r"))
		want := eval[bool](tb, fmt.Sprintf(`submits.includes("f%d")`, i))
		why := r.refuses(func() {
			v.Key(fmt.Sprintf("#f%[1]d input:not([data-other]):not([type=submit]), #f%[1]d textarea:not([data-other])", i), "Enter")
		})
		if got := why == ""; got != want {
			t.Errorf("Enter in %s: liveviewtest submits it: %v (%s), Chromium: %v", form, got, why, want)
		}
	}
}

// What can be clicked on in Chromium can be, as far as no style sheet comes in.
func TestLiveviewtestClicksWhereAPointerCan(t *testing.T) {
	t.Parallel()
	const button = `<button phx-click="x">x</button>`
	parts := []string{
		button, `<div hidden>` + button + `</div>`, `<div style="display: none">` + button + `</div>`, `<div style="DISPLAY:NONE !important">` + button + `</div>`,
		`<div hidden style="display: block">` + button + `</div>`, `<div style="visibility: hidden">` + button + `</div>`,
		`<div style="visibility: hidden"><button phx-click="x" style="visibility: visible">x</button></div>`,
		`<details><summary>s</summary>` + button + `</details>`, `<details open><summary>s</summary>` + button + `</details>`, `<details><summary>` + button + `</summary></details>`,
		`<dialog>` + button + `</dialog>`, `<dialog open style="position: static">` + button + `</dialog>`, `<div inert>` + button + `</div>`,
		`<div popover>` + button + `</div>`, `<div style="pointer-events: none">` + button + `</div>`, `<div style="pointer-events: none"><button style="pointer-events: auto" phx-click="x">x</button></div>`,
		`<button phx-click="x" disabled>x</button>`, `<fieldset disabled>` + button + `</fieldset>`, `<fieldset disabled><legend>` + button + `</legend></fieldset>`,
		`<button phx-click="x" hidden>x</button>`, `<a phx-click="x" style="display: none">x</a>`, `<p>x</p>`, `<p phx-click="x">x</p>`, `<button type="button">x</button>`, `<a>x</a>`, `<a href="/x">x</a>`,
		`<button>x</button>`, `<form phx-submit="s"><button>x</button></form>`, `<form phx-submit="s"><button type="button">x</button></form>`, `<form><button type="reset">x</button></form>`,
	}
	var source strings.Builder
	for i, part := range parts {
		fmt.Fprintf(&source, `<div id="p%d">%s</div>`, i, part)
	}
	hits := `const hits = (id) => {
		const n = document.querySelector("#" + id + " button, #" + id + " a, #" + id + " > p");
		n.scrollIntoView({block: "center"});
		const r = n.getBoundingClientRect();
		const hit = document.elementFromPoint(r.x + r.width / 2, r.y + r.height / 2);
		return r.width > 0 && hit === n && !n.matches(":disabled") && (n.closest("[phx-click], a[href]") !== null || n.form != null && n.type !== "button");
	};`
	l := newLab(t, hits, func(r *gin.Engine) { liveview.Handle(r, "/", still(source.String())) },
		func(c *liveview.Config) { c.Layout = styled })
	tb, v, _ := both(t, l, "/")
	for i, part := range parts {
		got := v.Clickable(fmt.Sprintf("#p%[1]d button, #p%[1]d a, #p%[1]d > p", i))
		if want := eval[bool](tb, fmt.Sprintf(`hits("p%d")`, i)); got != want {
			t.Errorf("%s: can be clicked on in liveviewtest: %v, in Chromium: %v", part, got, want)
		}
	}
}

// A form that no live view hears is submitted as Chromium submits it, byte for
// byte, however it is encoded, and with the files.
func TestLiveviewtestPostsWhatTheBrowserPosts(t *testing.T) {
	t.Parallel()
	posted := make(chan string, 2)
	const form = `<form id="f" method="post" action="/post"%s><textarea name="text"></textarea><input type="hidden" name="a&#10;b&quot;" value="c&#13;d&#10;">
		<input name="e" value="~*é&#10;x"><input type="file" name="none"><input type="file" name="some&quot;" multiple><button name="go" value="1"%s>Send</button></form>`
	encodings := map[string][2]string{
		"/":          {},
		"/multipart": {` enctype="Multipart/form-data"`},
		"/button":    {` enctype="text/plain"`, ` formenctype="multipart/form-data"`},
		"/plain":     {` enctype="text/plain"`},
		"/unknown":   {` enctype="application/json"`},
	}
	l := newLab(t, "", func(r *gin.Engine) {
		for path, attributes := range encodings {
			liveview.Handle(r, path, still(fmt.Sprintf(form, attributes[0], attributes[1])))
		}
		r.POST("/post", func(c *gin.Context) {
			body, err := io.ReadAll(c.Request.Body)
			if err != nil {
				t.Error(err)
			}
			kind := c.GetHeader("Content-Type")
			_, boundary, _ := strings.Cut(kind, "boundary=")
			if text := kind + "\n" + string(body); boundary != "" {
				posted <- strings.ReplaceAll(text, boundary, "boundary")
			} else {
				posted <- text
			}
			c.String(http.StatusOK, "posted")
		})
	})
	dir := t.TempDir()
	files := []liveviewtest.File{{Name: "é \"q\".txt", Type: "text/plain", Content: []byte("one\ntwo\r\n")}, {Name: "b.png", Type: "image/png", Content: []byte{0, 1, 255}}, {Name: "empty.unknown"}}
	var paths []string
	for _, f := range files {
		paths = append(paths, filepath.Join(dir, f.Name))
		if err := os.WriteFile(filepath.Join(dir, f.Name), f.Content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for path := range encodings {
		tb, v, _ := both(t, l, path)
		tb.run(chromedp.SetUploadFiles(`[multiple]`, paths))
		tb.js(`document.querySelector("textarea").value = "one\ntwo\r\nthree"`)
		tb.click("button")
		tb.shows("body", "posted")
		v.Choose("[multiple]", files[1])
		v.Choose("[multiple]", files...)
		v.Change("textarea", "one\ntwo\r\nthree")
		v.Click("Send")
		if want, got := <-posted, <-posted; got != want {
			t.Errorf("%s: liveviewtest posted\n%s\nChromium\n%s", path, got, want)
		}
	}
}

// Elements in templates are no elements of the page.
func TestLiveviewtestLeavesTemplatesAlone(t *testing.T) {
	t.Parallel()
	const source = `<p class="x">1</p><template id="t"><p class="x">2</p><form id="f"><input name="a" value="in"></form></template>
		<form id="g"><input name="a" value="out"><template><input name="a" value="in"></template></form>`
	l := newLab(t, "", func(r *gin.Engine) { liveview.Handle(r, "/", still(source)) })
	tb, v, _ := both(t, l, "/")
	for _, selector := range []string{".x", "#t", "#t p", "template .x", "#f", "input", "p + p", "#g input"} {
		want := eval[int](tb, fmt.Sprintf(`document.querySelectorAll(%q).length`, selector))
		if got := v.Count(selector); got != want || v.Find(selector).Length() != want {
			t.Errorf("%s: liveviewtest has %d and %d, Chromium %d", selector, got, v.Find(selector).Length(), want)
		}
	}
}

// What phx-throttle keeps from the server in Chromium ends a test.
func TestLiveviewtestThrottlesAsTheBrowserDoes(t *testing.T) {
	t.Parallel()
	type counted struct{ N int }
	v := view[counted]{page: liveview.MustParse[counted](`<button id="b" phx-click="c" phx-throttle="60000">b</button><button id="free" phx-click="c">f</button>
		<input id="k" phx-keydown="c" phx-throttle="60000"><form id="f" phx-change="c"><input id="i" name="i" phx-throttle="60000"></form><p id="n">{{.N}}</p>`)}
	v.event = func(s *liveview.Socket[counted], _ liveview.Event) error {
		s.Assign(func(c *counted) { c.N++ })
		return nil
	}
	l := newLab(t, "", func(r *gin.Engine) { liveview.Handle(r, "/", v) })
	tb, kit, r := both(t, l, "/")
	click := func(id string) [2]func() { return [2]func(){func() { tb.click(id) }, func() { kit.Click(id) }} }
	key := func(key string) [2]func() {
		return [2]func(){func() { tb.js(`document.querySelector("#k").focus()`); tb.run(pressed(key)) }, func() { kit.Key("#k", key) }}
	}
	enter := func(text string) [2]func() {
		return [2]func(){func() {
			tb.js(fmt.Sprintf(`const n = document.querySelector("#i"); n.focus(); n.value = %q; n.dispatchEvent(new InputEvent("input", {bubbles: true}))`, text))
		}, func() { kit.Change("#i", text) }}
	}
	for i, act := range [][2]func(){
		click("#b"), click("#b"), click("#free"), click("#free"), click("#b"),
		key("a"), key("a"), key("b"), key("b"), click("#free"), key("b"),
		enter("x"), enter("y"), click("#free"), enter("z"), enter("z"),
	} {
		before := eval[string](tb, `document.querySelector("#n").textContent`)
		why := r.refuses(act[1])
		act[0]()
		tb.holds(`!document.querySelector("[data-phx-ref-src]")`)
		after := eval[string](tb, `document.querySelector("#n").textContent`)
		if (why == "") != (before != after) || kit.Text("#n") != after {
			t.Errorf("act %d: liveviewtest refuses it: %q, and has %s; Chromium went from %s to %s", i, why, kit.Text("#n"), before, after)
		}
	}
}

// What phx-debounce="blur" holds back in Chromium until the focus moves on reaches
// the server then, in the same order.
func TestLiveviewtestDebouncesAsTheBrowserDoes(t *testing.T) {
	t.Parallel()
	type said struct{ Log string }
	v := view[said]{page: liveview.MustParse[said](`<form id="f" phx-change="change" phx-submit="submit"><input id="i" name="i" phx-debounce="blur" phx-blur="left" phx-throttle="60000">
		<input id="j" name="j"><button id="go">go</button></form><input id="k" phx-keydown="key" phx-debounce="blur"><p id="log">{{.Log}}</p>`)}
	v.event = func(s *liveview.Socket[said], e liveview.Event) error {
		s.Assign(func(d *said) { d.Log += " " + e.Name + ":" + e.Values().Get("i") })
		return nil
	}
	l := newLab(t, "", func(r *gin.Engine) { liveview.Handle(r, "/", v) })
	tb, kit, _ := both(t, l, "/")
	focus := func(id string) [2]func() {
		return [2]func(){func() { tb.js(fmt.Sprintf(`document.querySelector(%q).focus()`, id)) }, func() { kit.Focus(id) }}
	}
	enter := func(id, text string) [2]func() {
		return [2]func(){func() {
			tb.js(fmt.Sprintf(`const n = document.querySelector(%q); n.focus(); n.value = %q; n.dispatchEvent(new InputEvent("input", {bubbles: true}))`, id, text))
		}, func() { kit.Change(id, text) }}
	}
	key := func(key string) [2]func() {
		return [2]func(){func() { tb.js(`document.querySelector("#k").focus()`); tb.run(pressed(key)) }, func() { kit.Key("#k", key) }}
	}
	for _, act := range [][2]func(){
		enter("#i", "x"), enter("#i", "y"), focus("#j"), focus("#i"), focus("#j"), enter("#j", "z"),
		enter("#i", "a"), key("b"), key("c"), focus("#j"), enter("#i", "s"),
		{func() { tb.js(`document.querySelector("#i").focus()`); tb.run(pressed("\r")) }, func() { kit.Key("#i", "Enter") }},
	} {
		act[1]()
		act[0]()
		tb.holds(fmt.Sprintf(`!document.querySelector("[data-phx-ref-src]") && document.querySelector("#log").textContent.trim() === %q`, kit.Text("#log")))
	}
}

// Scrolling to the ends of a list says to the server what it says in Chromium.
func TestLiveviewtestScrollsAsTheBrowserDoes(t *testing.T) {
	t.Parallel()
	var source strings.Builder
	source.WriteString(`<div id="list" phx-viewport-top="top" phx-viewport-bottom="bottom" phx-value-a="1">`)
	for i := range 30 {
		fmt.Fprintf(&source, `<div id="row-%d" style="height: 200px">row</div>`, i)
	}
	source.WriteString(`</div><p id="n">{{.N}}</p>`)
	type counted struct{ N int }
	logs := map[string]*[]string{"/browser": {}, "/here": {}}
	l := newLab(t, "", func(r *gin.Engine) {
		for path, log := range logs {
			v := view[counted]{page: liveview.MustParse[counted](source.String())}
			v.event = func(s *liveview.Socket[counted], e liveview.Event) error {
				var payload any
				if err := json.Unmarshal(e.Payload(), &payload); err != nil {
					return err
				}
				*log = append(*log, fmt.Sprint(e.Type, e.Name, payload))
				s.Assign(func(c *counted) { c.N++ })
				return nil
			}
			liveview.Handle(r, path, v)
		}
	}, func(c *liveview.Config) { c.Layout = styled })
	// The client itself scrolls when an answer comes. On a machine with much else to do
	// its scrolling and ours can meet, and it then begins anew.
	for try := 1; ; try++ {
		for _, log := range logs {
			*log = nil
		}
		tb := newPerson(t).open(l.URL + "/browser")
		v := liveviewtest.Open(t, l.Config.Handler, "/here")
		for _, act := range []struct {
			to  string
			act func()
		}{
			{"document.body.scrollHeight", func() { v.ScrollToBottom("#list") }},
			{"0", func() { v.ScrollToTop("#list") }},
			{"document.body.scrollHeight", func() { v.ScrollToBottom("#list") }},
		} {
			act.act()
			tb.js(`scrollTo(0, ` + act.to + `)`)
			tb.shows("#n", v.Text("#n"))
		}
		got, want := *logs["/here"], *logs["/browser"]
		if slices.Equal(got, want) {
			return
		}
		t.Logf("try %d: liveviewtest has sent %q, Chromium %q", try, got, want)
		if try == 3 {
			t.Fatalf("liveviewtest has sent\n%s\nChromium\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
}

// styled is a layout in which style attributes count.
func styled(c *gin.Context, p liveview.Page) error {
	c.Header("Content-Security-Policy", "default-src 'self'; style-src 'unsafe-inline'")
	c.Data(http.StatusOK, "text/html; charset=utf-8", []byte(`<!DOCTYPE html><html><head>`+string(p.CSRFMeta()+p.LiveTitle())+
		`<script defer src="/app.js"></script>`+string(p.Scripts())+`</head><body>`+string(p.Content())+`</body></html>`))
	return nil
}

// A select shows what it shows in Chromium, whatever becomes of its options.
func TestLiveviewtestShowsSelectsAsTheBrowserDoes(t *testing.T) {
	t.Parallel()
	type choice struct{ N int }
	selects := []string{
		`<select name="a"><option value="1">1</option><option value="2" {{if eq .N 1}}selected{{end}}>2</option></select>`,
		`<select name="a"><option value="1">1</option>{{if eq .N 1}}<option value="2" selected>2</option>{{end}}</select>`,
		`<select name="a"><option value="1" {{if eq .N 0}}selected{{end}}>1</option><option value="2" {{if eq .N 1}}selected{{end}}>2</option><option value="3" {{if eq .N 2}}selected{{end}}>3</option></select>`,
		`<select name="a"><option value="0" disabled>0</option><option value="2" {{if eq .N 1}}selected{{end}}>2</option><option value="1">1</option></select>`,
		`<select name="a">{{if eq .N 0}}<optgroup label="g"><option value="0">0</option></optgroup>{{end}}<option value="1">1</option><option value="2" {{if eq .N 1}}selected{{end}}>2</option></select>`,
		`<select name="a" {{if eq .N 1}}multiple{{end}}><option value="1">1</option><option value="2" selected>2</option></select>`,
		`<select name="a" {{if eq .N 1}}size="2"{{end}}><option value="1">1</option><option value="2" {{if eq .N 0}}selected{{end}}>2</option></select>`,
		`<select name="a"><option value="1">1 {{.N}}</option><option value="2">2 {{.N}}</option></select>`,
		`<select name="a" title="{{.N}}"><option value="1">1</option><option value="2">2</option></select>`,
		`{{if eq .N 1}}<p>x</p>{{end}}<select name="a"><option value="1">1</option><option value="2" selected>2</option></select>`,
		`<select name="a">{{if eq .N 1}}<option value="0">0</option>{{end}}<option value="1">1</option><option value="2">2</option></select>`,
		`<select name="a" multiple><option value="1" {{if eq .N 0}}selected{{end}}>1</option><option value="2" {{if eq .N 1}}selected{{end}}>2</option></select>`,
	}
	l := newLab(t, "", func(r *gin.Engine) {
		for i, s := range selects {
			v := view[choice]{page: liveview.MustParse[choice](`<form id="f" phx-change="c">` + s + `<input name="x"></form><p id="n">{{.N}}</p><button id="b" phx-click="next">b</button>`)}
			v.event = func(s *liveview.Socket[choice], e liveview.Event) error {
				if e.Name == "next" {
					s.Assign(func(c *choice) { c.N = (c.N + 1) % 3 })
				}
				return nil
			}
			liveview.Handle(r, fmt.Sprintf("/%d", i), v)
		}
	})
	for i, source := range selects {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			tb, v, _ := both(t, l, fmt.Sprintf("/%d", i))
			compare := func(when string) {
				t.Helper()
				tb.holds(`!document.querySelector("[data-phx-ref-src]")`)
				if got, want := v.Value("select"), eval[string](tb, `document.querySelector("select").value`); got != want {
					t.Errorf("%s %s: liveviewtest shows %q, Chromium %q", source, when, got, want)
				}
			}
			next := func(when string) {
				t.Helper()
				v.Click("#b")
				tb.click("#b")
				tb.shows("#n", v.Text("#n"))
				compare(when)
			}
			compare("at first")
			for range 4 {
				next("after a change")
			}
			for _, value := range []string{"2", "1"} {
				v.Change("select", value)
				tb.js(fmt.Sprintf(`const n = document.querySelector("select"); n.focus(); n.value = %q; n.dispatchEvent(new InputEvent("input", {bubbles: true}))`, value))
				compare("chosen")
				for range 3 {
					next("after a choice and a change")
				}
			}
		})
	}
}
