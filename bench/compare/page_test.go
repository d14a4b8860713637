package main

import (
	"maps"
	"testing"
)

func TestParsePage(t *testing.T) {
	root := `<div id="lv-1" data-phx-main data-phx-session="a.b" data-phx-static="c.d">`
	want := page{csrf: "t&k", id: "lv-1", session: "a.b", static: "c.d"}
	for name, document := range map[string]string{
		"plain":              `<!DOCTYPE html><html><head><meta name="csrf-token" content="t&amp;k"></head><body>` + root + `</div>`,
		"quoted in singles":  `<meta content='t&amp;k' name='csrf-token'><div data-phx-main='true' data-phx-static='c.d' id='lv-1' data-phx-session='a.b'>`,
		"not quoted":         `<META NAME=csrf-token CONTENT=t&amp;k /><DIV ID=lv-1 data-phx-main data-phx-session=a.b data-phx-static=c.d>`,
		"spread over lines":  "<meta\n\tname = \"csrf-token\"\n\tcontent\n=\n\"t&amp;k\"\n/>" + root,
		"with a > in values": `<meta name="csrf-token" title="a > b" content="t&amp;k"><p title="<div data-phx-main id=no>"></p>` + root,
		"first a comment":    `<!-- <meta name="csrf-token" content="old"> <div data-phx-main id="no"> --><meta name="csrf-token" content="t&amp;k">` + root,
		"first a script":     `<script>let a = '<div id="no" data-phx-main>' < 3</script><title><meta name="csrf-token" content="old"></title><meta name="csrf-token" content="t&amp;k">` + root,
		"first other views":  `<meta name="viewport" content="width"><meta name="csrf-token" content="t&amp;k"><div id="no" data-phx-session="no"></div>` + root,
		"first loose signs":  `1 < 2 <3 </ > <meta name="csrf-token" content="t&amp;k">` + root + `<div id="later" data-phx-main data-phx-session="no">`,
	} {
		if got, err := parsePage([]byte(document)); err != nil || got != want {
			t.Errorf("%s: parsePage(%s) = %+v, %v, want %+v", name, document, got, err, want)
		}
	}
}

func TestParsePageLacks(t *testing.T) {
	for want, document := range map[string]string{
		"the page has no csrf-token":                           `<div id="a" data-phx-main data-phx-session="b">`,
		"the page has no element with data-phx-main and an id": `<meta name="csrf-token" content="t"><div data-phx-main data-phx-session="b">`,
		"the page's root element has no data-phx-session":      `<meta name="csrf-token" content="t"><div id="a" data-phx-main>`,
	} {
		if _, err := parsePage([]byte(document)); err == nil || err.Error() != want {
			t.Errorf("parsePage(%s) = %v, want %q", document, err, want)
		}
	}
}

func TestReadTag(t *testing.T) {
	got, rest := readTag([]byte(`Input disabled VALUE="a&quot;b" value=twice "stray' x=1/>after`))
	want := map[string]string{"disabled": "", "value": `a"b`, `"stray'`: "", "x": "1/"}
	if got.name != "input" || !maps.Equal(got.attributes, want) || string(rest) != "after" {
		t.Errorf("readTag = %q, %q, rest %q; want input, %q, rest after", got.name, got.attributes, rest, want)
	}
}

// FuzzParsePage is there for documents that are cut off anywhere.
func FuzzParsePage(f *testing.F) {
	for _, document := range []string{"<", "<a", "<a =", "<a b", "<a b=", "<a b='", "<!-", "<!--", "</", "<script>", "<script></scrip", "<meta name=csrf-token content=t><p id=a data-phx-main data-phx-session=s>"} {
		f.Add([]byte(document))
	}
	f.Fuzz(func(t *testing.T, document []byte) {
		p, err := parsePage(document)
		if complete := p.csrf != "" && p.id != "" && p.session != ""; complete != (err == nil) {
			t.Errorf("parsePage(%q) = %+v, %v", document, p, err)
		}
	})
}
