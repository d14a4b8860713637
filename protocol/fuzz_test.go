package protocol_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/gin-liveview/liveview/protocol"
)

// vast never refuses what encoding/json takes, whose own depth is 10,000.
var vast = protocol.Limits{MaxDepth: 10_000, MaxKeys: 1 << 30, MaxTopic: 1 << 30, MaxValue: 1 << 30}

// check compares what a decoder makes of one input with what encoding/json makes
// of it: the same value, or an error of the right kind where encoding/json or the
// protocol finds fault. Under the default limits there is only one more way to fail.
func check[T any](t *testing.T, data []byte, decode func(protocol.Limits, []byte) (T, error), want T, ok bool) {
	t.Helper()
	before := bytes.Clone(data)
	got, err := decode(vast, data)
	switch {
	case !ok && !errors.Is(err, protocol.ErrMalformed):
		t.Fatalf("decode(%q) = %+v, %v, want ErrMalformed", data, got, err)
	case ok && err != nil:
		t.Fatalf("decode(%q) = %v, want %+v", data, err, want)
	case ok && !reflect.DeepEqual(got, want):
		t.Fatalf("decode(%q) =\n%#v, want\n%#v", data, got, want)
	}
	limited, err := decode(protocol.Limits{}, data)
	switch {
	case err == nil && !ok:
		t.Fatalf("decode(%q) under default limits = %+v, want an error", data, limited)
	case err == nil && !reflect.DeepEqual(limited, got):
		t.Fatalf("decode(%q) under default limits = %+v, want %+v", data, limited, got)
	case err != nil && !errors.Is(err, protocol.ErrLimit) && !errors.Is(err, protocol.ErrMalformed):
		t.Fatalf("decode(%q) = %v, which wraps no sentinel", data, err)
	case err != nil && ok && !errors.Is(err, protocol.ErrLimit):
		t.Fatalf("decode(%q) under default limits = %v, want ErrLimit or none", data, err)
	}
	if !bytes.Equal(before, data) {
		t.Fatalf("decode(%q) changed its input to %q", before, data)
	}
}

// seed adds the frames of the transcripts, whole or by their payloads.
func seed(f *testing.F, event string) {
	f.Helper()
	files, err := filepath.Glob("testdata/wire/*.txt")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		for line := range strings.SplitSeq(string(data), "\n") {
			if frame, ok := strings.CutPrefix(line, "> ["); !ok {
				continue
			} else if fr, err := vast.DecodeText([]byte("[" + frame)); err != nil {
				f.Fatal(err)
			} else if event == "" {
				f.Add([]byte("[" + frame))
			} else if fr.Event == event {
				f.Add(fr.Payload)
			}
		}
	}
	for _, s := range []string{
		``, `null`, `{}`, `[]`, `"\ud800\u0041\udc00"`, `{"a":1,"a":2}`, "{\"a\xff\":1}", `{"cid":1e2}`, "{\"event\":\"\x00\"}",
		`["1","1","t","e",{"x":-0.5E+7}]`, ` [ null , "\u0031" , "t\n" , "\"" , [true,false,null] ] `, `{"cids":[1,0]}`,
		`{"event":"x","event":5}`, `{"uploads":{"a":5,"a":[]},"event":""}`, `{"progress":{"error":null},"ref":"","entry_ref":""}`,
	} {
		f.Add([]byte(s))
	}
}

// object returns the members of data if it is a JSON object.
func object(data []byte) (map[string]json.RawMessage, bool) {
	var m map[string]json.RawMessage
	err := json.Unmarshal(data, &m)
	return m, err == nil && m != nil && utf8.Valid(data)
}

// member returns the member called name, or the zero value if it is absent or null.
// It clears ok if the member is of another type than T.
func member[T any](m map[string]json.RawMessage, name string, ok *bool) (v T) {
	if raw := m[name]; raw != nil && json.Unmarshal(raw, &v) != nil {
		*ok = false
	}
	return v
}

// present clears ok if one of names is absent or null.
func present(m map[string]json.RawMessage, ok *bool, names ...string) {
	for _, name := range names {
		if raw := m[name]; raw == nil || string(raw) == "null" {
			*ok = false
		}
	}
}

func cid(m map[string]json.RawMessage, ok *bool) int {
	cid := member[*int](m, "cid", ok)
	if cid == nil {
		return 0
	}
	*ok = *ok && *cid > 0
	return *cid
}

func FuzzDecodeText(f *testing.F) {
	seed(f, "")
	ref := regexp.MustCompile(`^[0-9]{1,20}$`)
	f.Fuzz(func(t *testing.T, data []byte) {
		var parts []json.RawMessage
		var want protocol.Frame
		ok := json.Unmarshal(data, &parts) == nil && utf8.Valid(data) && len(parts) == 5
		if ok {
			for i, p := range []*string{&want.JoinRef, &want.Ref, &want.Topic, &want.Event} {
				isNull := string(parts[i]) == "null"
				ok = ok && json.Unmarshal(parts[i], p) == nil
				ok = ok && (i < 2 && (isNull || ref.MatchString(*p)) || i >= 2 && !isNull)
			}
			want.Payload = parts[4]
		}
		check(t, data, protocol.Limits.DecodeText, want, ok)
	})
}

// Of a frame that can be decoded the head says the same, wherever it is cut off behind it.
func FuzzDecodeHead(f *testing.F) {
	seed(f, "")
	f.Fuzz(func(t *testing.T, data []byte) {
		head, ok := protocol.Limits{}.DecodeHead(data)
		if e := (protocol.Limits{}).DecodeEventHead(head.Payload); !utf8.ValidString(e.Type + e.Name + e.Upload) {
			t.Fatalf("DecodeEventHead(%q) = %+q", head.Payload, e)
		}
		frame, err := protocol.Limits{}.DecodeText(data)
		if err != nil {
			return
		}
		rest := bytes.TrimSpace(head.Payload)
		if !ok || !bytes.HasPrefix(rest, frame.Payload) {
			t.Fatalf("DecodeHead(%q) = %+v, %v, and the whole is %+v", data, head, ok, frame)
		}
		cut, ok := protocol.Limits{}.DecodeHead(data[:len(data)-len(head.Payload)])
		head.Payload, frame.Payload, cut.Payload = nil, nil, nil
		if !ok || !reflect.DeepEqual(head, frame) || !reflect.DeepEqual(cut, frame) {
			t.Fatalf("DecodeHead(%q) = %+v, cut off %+v, want %+v", data, head, cut, frame)
		}
	})
}

func FuzzDecodeEmptyFiles(f *testing.F) {
	seed(f, protocol.EventAllowUpload)
	f.Add([]byte(`{"ref":"phx-U1","names":["a.txt",""]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, ok := object(data)
		present(m, &ok, "ref", "names")
		want := protocol.EmptyFiles{Ref: member[string](m, "ref", &ok)}
		for _, name := range member[[]*string](m, "names", &ok) {
			if ok = ok && name != nil; ok {
				want.Entries = append(want.Entries, protocol.UploadEntry{Name: *name})
			}
		}
		check(t, data, func(l protocol.Limits, b []byte) (protocol.EmptyFiles, error) { return l.DecodeEmptyFiles(b) }, want, ok)
	})
}

func FuzzDecodeFilesLost(f *testing.F) {
	seed(f, protocol.EventAllowUpload)
	f.Add([]byte(`{"names":["photos",""]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, ok := object(data)
		present(m, &ok, "names")
		var want []string
		for _, name := range member[[]*string](m, "names", &ok) {
			if ok = ok && name != nil; ok {
				want = append(want, *name)
			}
		}
		check(t, data, func(l protocol.Limits, b []byte) ([]string, error) { return l.DecodeFilesLost(b) }, want, ok)
	})
}

func FuzzDecodeBinary(f *testing.F) {
	f.Add([]byte("\x00\x02\x02\x05\x051213lvu:0chunkhello"))
	f.Add([]byte("\x00\x00\x00\x00\x00"))
	f.Add([]byte("\x00\xff\xff\xff\xff1"))
	f.Add([]byte("\x01\x00\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		frame, err := protocol.Limits{}.DecodeBinary(data)
		if err != nil {
			if !errors.Is(err, protocol.ErrMalformed) && !errors.Is(err, protocol.ErrLimit) {
				t.Fatalf("DecodeBinary(%q) = %v, which wraps no sentinel", data, err)
			}
			return
		}
		if again := appendBinary(nil, frame); !bytes.Equal(again, data) {
			t.Fatalf("DecodeBinary(%q) = %+v, which encodes to %q", data, frame, again)
		}
	})
}

// appendBinary is the client's side of DecodeBinary.
func appendBinary(dst []byte, f protocol.Frame) []byte {
	dst = append(dst, 0, byte(len(f.JoinRef)), byte(len(f.Ref)), byte(len(f.Topic)), byte(len(f.Event)))
	return append(append(dst, f.JoinRef+f.Ref+f.Topic+f.Event...), f.Payload...)
}

func FuzzDecodeJoin(f *testing.F) {
	seed(f, protocol.EventJoin)
	f.Fuzz(func(t *testing.T, data []byte) {
		m, ok := object(data)
		want := protocol.Join{
			URL:      member[string](m, "url", &ok),
			Redirect: member[string](m, "redirect", &ok),
			Session:  member[string](m, "session", &ok),
			Static:   member[string](m, "static", &ok),
			Flash:    member[string](m, "flash", &ok),
			Sticky:   member[bool](m, "sticky", &ok),
			Params:   member[map[string]json.RawMessage](m, "params", &ok),
		}
		check(t, data, protocol.Limits.DecodeJoin, want, ok)
		_, _ = want.FilesLost(), want.FilesAgain()
		if want.Mounts() < 0 || want.MountAttempts() < 0 {
			t.Fatalf("%q: Mounts = %d, MountAttempts = %d", data, want.Mounts(), want.MountAttempts())
		}
	})
}

func FuzzDecodeEvent(f *testing.F) {
	seed(f, protocol.EventEvent)
	f.Fuzz(func(t *testing.T, data []byte) {
		m, ok := object(data)
		present(m, &ok, "event")
		want := protocol.Event{
			Type: member[string](m, "type", &ok), Name: member[string](m, "event", &ok),
			Value: m["value"], Meta: m["meta"], CID: cid(m, &ok),
		}
		for ref, list := range member[map[string]json.RawMessage](m, "uploads", &ok) {
			if want.Uploads == nil {
				want.Uploads = map[string][]protocol.UploadEntry{}
			}
			want.Uploads[ref] = entries(list, &ok)
		}
		check(t, data, protocol.Limits.DecodeEvent, want, ok)
	})
}

// entries is the list of files that raw holds. It clears ok if it holds none.
func entries(raw json.RawMessage, ok *bool) []protocol.UploadEntry {
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) != nil || list == nil {
		*ok = false
	}
	out := []protocol.UploadEntry{}
	for _, raw := range list {
		m, isObject := object(raw)
		*ok = *ok && isObject
		present(m, ok, "ref", "name", "size")
		e := protocol.UploadEntry{
			Ref: member[string](m, "ref", ok), Name: member[string](m, "name", ok), Type: member[string](m, "type", ok),
			RelativePath: member[string](m, "relative_path", ok), Path: member[string](m, "path", ok),
			Size: member[int64](m, "size", ok), LastModified: member[int64](m, "last_modified", ok), Meta: m["meta"],
		}
		if string(e.Meta) == "null" {
			e.Meta = nil
		}
		*ok = *ok && e.Size >= 0
		out = append(out, e)
	}
	return out
}

// marker matches the name of a marker field, in the terms of the client's own regular expression.
var marker = regexp.MustCompile(`(?s)^(|.*[\[\]])_unused_([^\[\]]+\]?(?:\[\])?)$`)

func FuzzDecodeForm(f *testing.F) {
	for _, s := range []string{
		``, `""`, `"a=5&_unused_no=&no="`, `"u%5B_unused_tags%5D%5B%5D=&u[tags][]=t&u[tags][]=s"`, `"%zz=1"`, `"a;b=c;d&&=&+"`,
		`"a=%ff"`, `"\u0061=\ud83d\ude00"`, `"_unused_=1&_unused_[]=&a[]_unused_b]=&_unused_[x]"`, `{}`, `"%5"`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var body *string
		var want protocol.Form
		ok := json.Unmarshal(data, &body) == nil && body != nil && utf8.Valid(data)
		if ok {
			values, err := url.ParseQuery(strings.ReplaceAll(*body, ";", "%3B"))
			ok = err == nil
			want.Values = url.Values{}
			for name, list := range values {
				ok = ok && utf8.ValidString(name) && utf8.ValidString(strings.Join(list, "\n"))
				if m := marker.FindStringSubmatch(name); m == nil {
					want.Values[name] = list
				} else if want.Unused == nil {
					want.Unused = map[string]bool{m[1] + m[2]: true}
				} else {
					want.Unused[m[1]+m[2]] = true
				}
			}
		}
		check(t, data, func(l protocol.Limits, b []byte) (protocol.Form, error) { return l.DecodeForm(b) }, want, ok)
	})
}

func FuzzDecodeMeta(f *testing.F) {
	for _, s := range []string{``, `null`, `{}`, `{"_target":"u[name]","id":"7"}`, `{"_target":["u"]}`, `{"_target":"undefined"}`, `nul`, `5`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var want protocol.Meta
		ok := len(data) == 0 || json.Unmarshal(data, &want.Values) == nil && utf8.Valid(data)
		if json.Unmarshal(want.Values["_target"], &want.Target) == nil && string(want.Values["_target"]) != "null" {
			delete(want.Values, "_target")
		}
		check(t, data, func(l protocol.Limits, b []byte) (protocol.Meta, error) { return l.DecodeMeta(b) }, want, ok)
	})
}

func FuzzDecodeValues(f *testing.F) {
	seed(f, protocol.EventEvent)
	f.Fuzz(func(t *testing.T, data []byte) {
		want, _ := object(data)
		ok := len(data) == 0 || json.Valid(data) && utf8.Valid(data)
		check(t, data, func(l protocol.Limits, b []byte) (map[string]json.RawMessage, error) { return l.DecodeValues(b) }, want, ok)
	})
}

func FuzzDecodeLivePatch(f *testing.F) {
	seed(f, protocol.EventLivePatch)
	f.Fuzz(func(t *testing.T, data []byte) {
		m, ok := object(data)
		present(m, &ok, "url")
		want := protocol.LivePatch{URL: member[string](m, "url", &ok)}
		check(t, data, protocol.Limits.DecodeLivePatch, want, ok)
	})
}

func FuzzDecodeUploadJoin(f *testing.F) {
	seed(f, protocol.EventJoin)
	f.Fuzz(func(t *testing.T, data []byte) {
		m, ok := object(data)
		present(m, &ok, "token")
		want := protocol.UploadJoin{Token: member[string](m, "token", &ok)}
		check(t, data, protocol.Limits.DecodeUploadJoin, want, ok)
	})
}

func FuzzDecodeAllowUpload(f *testing.F) {
	seed(f, protocol.EventAllowUpload)
	f.Fuzz(func(t *testing.T, data []byte) {
		m, ok := object(data)
		present(m, &ok, "ref", "entries")
		want := protocol.AllowUpload{Ref: member[string](m, "ref", &ok), CID: cid(m, &ok)}
		if ok {
			want.Entries = entries(m["entries"], &ok)
		}
		check(t, data, protocol.Limits.DecodeAllowUpload, want, ok)
	})
}

func FuzzDecodeProgress(f *testing.F) {
	seed(f, protocol.EventProgress)
	f.Fuzz(func(t *testing.T, data []byte) {
		m, ok := object(data)
		present(m, &ok, "ref", "entry_ref", "progress")
		want := protocol.Progress{
			Event: member[string](m, "event", &ok), Ref: member[string](m, "ref", &ok),
			EntryRef: member[string](m, "entry_ref", &ok), CID: cid(m, &ok),
		}
		if failure, isObject := object(m["progress"]); isObject {
			want.Error = string(failure["error"])
			if s := ""; json.Unmarshal(failure["error"], &s) == nil {
				want.Error = s
			}
			if want.Error == "" {
				want.Error = "failed"
			}
		} else {
			want.Progress = member[int](m, "progress", &ok)
			ok = ok && want.Progress >= 0 && want.Progress <= 100
		}
		check(t, data, protocol.Limits.DecodeProgress, want, ok)
	})
}

func FuzzDecodeCIDs(f *testing.F) {
	seed(f, protocol.EventCIDsDestroyed)
	f.Fuzz(func(t *testing.T, data []byte) {
		m, ok := object(data)
		present(m, &ok, "cids")
		want := []int{}
		for _, cid := range member[[]*int](m, "cids", &ok) {
			if cid == nil || *cid < 1 {
				ok = false
				break
			}
			want = append(want, *cid)
		}
		check(t, data, protocol.Limits.DecodeCIDs, want, ok)
	})
}

func FuzzTargetPath(f *testing.F) {
	for _, s := range []string{"", "undefined", "a", "u[name]", "u[tags][]", "[a]", "a[b", "a]b[", "a[[]]"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, target string) {
		path := protocol.TargetPath(target)
		if (path == nil) != (target == "" || target == "undefined") {
			t.Fatalf("TargetPath(%q) = %q", target, path)
		}
		// Empty segments are lost, the others are in the target in their order.
		rest := target
		for _, segment := range path {
			i := strings.Index(rest, segment)
			if i < 0 || segment == "" {
				t.Fatalf("TargetPath(%q) = %q", target, path)
			}
			rest = rest[i+len(segment):]
		}
	})
}

func FuzzAppendString(f *testing.F) {
	for _, s := range []string{"", "a", `<a href="x">&\/`, "\x00\x1f\x7f\b\f\n\r\t", "\xff\xed\xa0\x80", "é😀\u2028\u2029", "\xe2\x80"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := protocol.AppendString([]byte("x"), s)
		var want bytes.Buffer
		enc := json.NewEncoder(&want)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(s); err != nil {
			t.Fatal(err)
		}
		if w := "x" + strings.TrimSuffix(want.String(), "\n"); string(got) != w {
			t.Fatalf("AppendString(%q) = %s, want %s", s, got, w)
		}
		if b := protocol.AppendStringBytes([]byte("x"), []byte(s)); !bytes.Equal(b, got) {
			t.Fatalf("AppendStringBytes(%q) = %s, want %s", s, b, got)
		}
	})
}
