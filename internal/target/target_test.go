package target_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/gin-liveview/liveview/internal/target"
)

// hostOf returns the host that a browser goes to which is told s on a page of
// http://own/dir/page: the states of the WHATWG URL standard (section 4.4) as far
// as they decide on that. "" stands for a scheme that isn't http or https.
func hostOf(s string) string {
	s = strings.TrimFunc(s, func(r rune) bool { return r <= ' ' })
	s = strings.NewReplacer("\t", "", "\n", "", "\r", "").Replace(s)
	isSlash := func(i int) bool { return i < len(s) && (s[i] == '/' || s[i] == '\\') }
	if scheme, rest, ok := strings.Cut(s, ":"); ok && isScheme(scheme) {
		switch strings.ToLower(scheme) {
		case "http": // the page's own: what follows may be relative
			if s = rest; !isSlash(0) || !isSlash(1) {
				return "own"
			}
		case "https":
			return authority(rest)
		default:
			return ""
		}
	}
	if isSlash(0) && isSlash(1) {
		return authority(s)
	}
	return "own"
}

func isScheme(s string) bool {
	for i, c := range []byte(strings.ToLower(s)) {
		if letter := c >= 'a' && c <= 'z'; !letter && (i == 0 || !strings.ContainsRune("0123456789+-.", rune(c))) {
			return false
		}
	}
	return s != ""
}

func authority(s string) string {
	s = strings.TrimLeft(s, `/\`)
	if i := strings.IndexAny(s, `/\?#`); i >= 0 {
		s = s[:i]
	}
	s = s[strings.LastIndex(s, "@")+1:]
	return strings.ToLower(s)
}

// decoded is what a proxy may make of s.
func decoded(s string) string {
	path, _, _ := strings.Cut(s, "?")
	if plain, err := url.PathUnescape(path); err == nil {
		return plain
	}
	return path
}

func TestHostOf(t *testing.T) {
	for s, want := range map[string]string{
		"/x": "own", "x": "own", "?x": "own", "//evil": "evil", `/\evil/x`: "evil", "/\t/evil": "evil", " //evil": "evil",
		"/.//evil": "own", "http:x": "own", "http:/x": "own", "http://evil": "evil", "https:x": "x", "https://a@evil:1/x": "evil:1",
		"javascript:x": "", "///evil/x": "evil", "/ /evil": "own",
	} {
		if got := hostOf(s); got != want {
			t.Errorf("hostOf(%q) = %q, want %q", s, got, want)
		}
	}
}

// Whatever a visitor asks for, what the page says of it is a path of its own
// host.
func TestPathOfARequest(t *testing.T) {
	for request, want := range map[string]string{
		"/": "/", "/x?y=//z": "/x?y=//z", "/a//b": "/a//b",
		"//evil.example/x":    "/.//evil.example/x",
		"///evil.example/x":   "/.///evil.example/x",
		`/\evil.example`:      "/./%5Cevil.example",
		"/%5cevil.example":    "/./%5cevil.example",
		"/%2f/evil.example":   "/./%2f/evil.example",
		"/%09/evil.example?a": "/./%09/evil.example?a",
		"/%zz":                "",
	} {
		u, err := url.ParseRequestURI(request)
		if err != nil {
			if want != "" {
				t.Errorf("%q: %v", request, err)
			}
			continue
		}
		if got := target.Text(u); got != want || hostOf(got) != "own" {
			t.Errorf("the page at %q is told to be at %q, want %q", request, got, want)
		}
	}
}

func TestRedirected(t *testing.T) {
	base, _ := url.ParseRequestURI("/dir/page?q=1")
	for location, want := range map[string]string{
		"/x?y#z":                             "/x?y#z",
		"x":                                  "/dir/x",
		"":                                   "",
		"http://own/x":                       "/x",
		"https://OWN/x":                      "/x",
		"http://own":                         "/",
		"http://own?x":                       "/?x",
		"http://me:secret@own/x":             "/x",
		"http://own//evil.example/x":         "/.//evil.example/x",
		`http://own/\evil.example/x`:         "/./%5Cevil.example/x",
		"http://own/%2fevil.example":         "/./%2fevil.example",
		"http://own/.//evil.example":         "/.//evil.example",
		"http://own/..//evil.example":        "/evil.example",
		"http://www/x":                       "/x",
		"http://evil.example/x":              "http://evil.example/x external",
		"//evil.example/x":                   "//evil.example/x external",
		"http:/evil.example":                 "",
		"http:evil.example":                  "",
		"javascript:alert(1)":                "",
		"data:text/html,x":                   "",
		"ftp://own2/x":                       "",
		"/x\r\nSet-Cookie: a=b":              "",
		"http://own.evil.example/x":          "http://own.evil.example/x external",
		"http://own@evil.example/x":          "http://own@evil.example/x external",
		"http://own:80@evil.example//own//x": "http://own:80@evil.example//own//x external",
	} {
		to, external, ok := target.Redirected(location, base, "own", "", "www")
		got := ""
		if ok {
			got = target.Text(to)
		}
		if external {
			got += " external"
		}
		if got != want {
			t.Errorf("Location %q leads to %q, want %q", location, got, want)
		}
	}
}

// No text leads a browser to another host that was taken for one of this host:
// as it is, and when a proxy on its way has decoded it.
func FuzzTarget(f *testing.F) {
	for _, s := range []string{
		"/", "/x?y#z", "//evil", "///evil", `/\evil`, `\\evil`, "/\t/evil", "/%2fevil", "/%09/evil", "/%5cevil", "/.//evil", "/..//evil",
		"http://own//evil", `http://own/\evil`, "http://own@evil/", "https:evil", "http:/evil", "javascript:x", "/a/../..//evil", "//own//evil", "/%20/evil", "?//evil", "#//evil",
	} {
		f.Add(s)
	}
	base, _ := url.ParseRequestURI("/dir/page")
	f.Fuzz(func(t *testing.T, s string) {
		own := func(what, text string) {
			t.Helper()
			if hostOf(text) != "own" || hostOf(decoded(text)) != "own" {
				t.Errorf("%q, %s, leads to %q: %q, and %q once decoded", s, what, text, hostOf(text), hostOf(decoded(text)))
			}
		}
		if u, err := url.ParseRequestURI(s); err == nil && u.Host == "" && u.Scheme == "" {
			own("a request", target.Text(u))
		}
		if u, err := target.Local(s); err == nil {
			own("a path of the application's", target.Text(u))
			own("a path as given", s)
		}
		if u, external, ok := target.Redirected(s, base, "own"); ok && !external {
			own("a redirect", target.Text(u))
		}
		if s != "" {
			own("a path", target.Path("/"+strings.TrimLeft(s, "\t\r\n ")))
		}
	})
}

func TestSetQuery(t *testing.T) {
	for _, test := range []struct {
		query  string
		params url.Values
		want   string
	}{
		{"", url.Values{"b": {"2"}, "a": {"1"}}, "a=1&b=2"},
		{"page=1", url.Values{"page": {"2"}}, "page=2"},
		{"page=1&sort=a&page=3", url.Values{"page": {"2"}}, "page=2&sort=a"},
		{"page=1&sort=a", url.Values{"page": nil}, "sort=a"},
		{"sort=a", url.Values{"tag": {"x", "y z"}}, "sort=a&tag=x&tag=y+z"},
		{"p%61ge=1", url.Values{"page": {"2"}}, "page=2"},
		{"a=1;2&b=%zz&+c&&d", url.Values{"e": {"&="}}, "a=1;2&b=%zz&+c&d&e=%26%3D"},
		{"%zz=1&x", url.Values{"x": {""}}, "%zz=1&x="},
		{"a=1&&b", nil, "a=1&&b"},
	} {
		u := &url.URL{Path: "/", RawQuery: test.query}
		if target.SetQuery(u, test.params); u.RawQuery != test.want {
			t.Errorf("%q with %v is %q, want %q", test.query, test.params, u.RawQuery, test.want)
		}
	}
}
