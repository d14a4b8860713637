package protocol_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/gin-liveview/liveview/protocol"
)

// decoders are the decoders of payloads by the name of what they decode.
var decoders = map[string]func(l protocol.Limits, payload string) (any, error){
	"join":         func(l protocol.Limits, p string) (any, error) { return l.DecodeJoin([]byte(p)) },
	"event":        func(l protocol.Limits, p string) (any, error) { return l.DecodeEvent([]byte(p)) },
	"form":         func(l protocol.Limits, p string) (any, error) { return l.DecodeForm([]byte(p)) },
	"meta":         func(l protocol.Limits, p string) (any, error) { return l.DecodeMeta([]byte(p)) },
	"values":       func(l protocol.Limits, p string) (any, error) { return l.DecodeValues([]byte(p)) },
	"live_patch":   func(l protocol.Limits, p string) (any, error) { return l.DecodeLivePatch([]byte(p)) },
	"upload join":  func(l protocol.Limits, p string) (any, error) { return l.DecodeUploadJoin([]byte(p)) },
	"allow_upload": func(l protocol.Limits, p string) (any, error) { return l.DecodeAllowUpload([]byte(p)) },
	"progress":     func(l protocol.Limits, p string) (any, error) { return l.DecodeProgress([]byte(p)) },
	"cids":         func(l protocol.Limits, p string) (any, error) { return l.DecodeCIDs([]byte(p)) },
}

// TestPayloadsRefused lists payloads that are JSON, mostly, and still not what the
// protocol asks for.
func TestPayloadsRefused(t *testing.T) {
	entry := func(members string) string { return `{"ref":"u","entries":[{` + members + `}]}` }
	for name, tc := range map[string]struct {
		decoder, payload string
		want             error
	}{
		"a join that is null":                {"join", `null`, protocol.ErrMalformed},
		"a join that is an array":            {"join", `[]`, protocol.ErrMalformed},
		"a join that is not JSON":            {"join", `[`, protocol.ErrMalformed},
		"a join with a url that is a number": {"join", `{"url":1}`, protocol.ErrMalformed},
		"a join with a session in an object": {"join", `{"session":{}}`, protocol.ErrMalformed},
		"a join that is sticky by a string":  {"join", `{"sticky":"true"}`, protocol.ErrMalformed},
		"a join with params in an array":     {"join", `{"params":[]}`, protocol.ErrMalformed},
		"a join with 65,537 params":          {"join", `{"params":` + object1(keys+1) + `}`, protocol.ErrLimit},
		"an event without a name":            {"event", `{"type":"click","value":{}}`, protocol.ErrMalformed},
		"an event with a name in an array":   {"event", `{"type":"click","event":["inc"],"value":{}}`, protocol.ErrMalformed},
		"an event with a type in a number":   {"event", `{"type":1,"event":"inc"}`, protocol.ErrMalformed},
		"an event for component 0":           {"event", `{"event":"inc","cid":0}`, protocol.ErrMalformed},
		"an event for component -1":          {"event", `{"event":"inc","cid":-1}`, protocol.ErrMalformed},
		"an event for component 1.5":         {"event", `{"event":"inc","cid":1.5}`, protocol.ErrMalformed},
		"an event for component 10^20":       {"event", `{"event":"inc","cid":100000000000000000000}`, protocol.ErrMalformed},
		"an event for component \"1\"":       {"event", `{"event":"inc","cid":"1"}`, protocol.ErrMalformed},
		"an event with uploads in an array":  {"event", `{"event":"inc","uploads":[]}`, protocol.ErrMalformed},
		"an event with a file in an array":   {"event", `{"event":"inc","uploads":{"u":[[]]}}`, protocol.ErrMalformed},
		"a form that is an object":           {"form", `{}`, protocol.ErrMalformed},
		"a form that is missing":             {"form", ``, protocol.ErrMalformed},
		"a form with a bad escape":           {"form", `"a=%zz"`, protocol.ErrMalformed},
		"a form key with a bad escape":       {"form", `"%z=1"`, protocol.ErrMalformed},
		"a form with half an escape":         {"form", `"a=%4"`, protocol.ErrMalformed},
		"a form that is not UTF-8":           {"form", `"a=%ff"`, protocol.ErrMalformed},
		"a form of 65,537 fields":            {"form", `"` + strings.Repeat("a=&", keys+1) + `"`, protocol.ErrLimit},
		"a form key with 33 brackets":        {"form", `"a` + strings.Repeat("[b]", 33) + `="`, protocol.ErrLimit},
		"a form key with escaped brackets":   {"form", `"a` + strings.Repeat("%5Bb%5D", 33) + `="`, protocol.ErrLimit},
		"a form beyond 1 MiB":                {"form", `"a=` + strings.Repeat("x", 1<<20) + `"`, protocol.ErrLimit},
		"meta that is a string":              {"meta", `"u"`, protocol.ErrMalformed},
		"meta with a target of 33 brackets":  {"meta", `{"_target":"a` + strings.Repeat("[b]", 33) + `"}`, protocol.ErrLimit},
		"values that are not JSON":           {"values", `[1,]`, protocol.ErrMalformed},
		"values nested 33 deep":              {"values", strings.Repeat("[", 33) + strings.Repeat("]", 33), protocol.ErrLimit},
		"a patch without a url":              {"live_patch", `{}`, protocol.ErrMalformed},
		"a patch to null":                    {"live_patch", `{"url":null}`, protocol.ErrMalformed},
		"an upload join without a token":     {"upload join", `{}`, protocol.ErrMalformed},
		"an upload join with a list":         {"upload join", `{"token":["a"]}`, protocol.ErrMalformed},
		"an upload without entries":          {"allow_upload", `{"ref":"u"}`, protocol.ErrMalformed},
		"an upload without a ref":            {"allow_upload", `{"entries":[]}`, protocol.ErrMalformed},
		"a file without a ref":               {"allow_upload", entry(`"name":"a","size":1`), protocol.ErrMalformed},
		"a file without a name":              {"allow_upload", entry(`"ref":"0","size":1`), protocol.ErrMalformed},
		"a file without a size":              {"allow_upload", entry(`"ref":"0","name":"a"`), protocol.ErrMalformed},
		"a file of -1 bytes":                 {"allow_upload", entry(`"ref":"0","name":"a","size":-1`), protocol.ErrMalformed},
		"a file of 10^19 bytes":              {"allow_upload", entry(`"ref":"0","name":"a","size":10000000000000000000`), protocol.ErrMalformed},
		"a file of 1.5 bytes":                {"allow_upload", entry(`"ref":"0","name":"a","size":1.5`), protocol.ErrMalformed},
		"a file with a ref in a number":      {"allow_upload", entry(`"ref":0,"name":"a","size":1`), protocol.ErrMalformed},
		"progress of 101 %":                  {"progress", `{"ref":"u","entry_ref":"0","progress":101}`, protocol.ErrMalformed},
		"progress of -1 %":                   {"progress", `{"ref":"u","entry_ref":"0","progress":-1}`, protocol.ErrMalformed},
		"progress of 1e1 %":                  {"progress", `{"ref":"u","entry_ref":"0","progress":1e1}`, protocol.ErrMalformed},
		"progress without an entry":          {"progress", `{"ref":"u","progress":1}`, protocol.ErrMalformed},
		"progress of nothing":                {"progress", `{"ref":"u","entry_ref":"0"}`, protocol.ErrMalformed},
		"no components":                      {"cids", `{}`, protocol.ErrMalformed},
		"components that are null":           {"cids", `{"cids":null}`, protocol.ErrMalformed},
		"a component that is null":           {"cids", `{"cids":[null]}`, protocol.ErrMalformed},
		"a component that is a string":       {"cids", `{"cids":["1"]}`, protocol.ErrMalformed},
		"65,537 components":                  {"cids", `{"cids":[1` + strings.Repeat(",1", keys) + `]}`, protocol.ErrLimit},
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := decoders[tc.decoder](protocol.Limits{}, tc.payload); !errors.Is(err, tc.want) {
				t.Errorf("decode %s(%.100s) = %+v, %v, want %v", tc.decoder, tc.payload, got, err, tc.want)
			}
		})
	}
}

// TestPayloadsAccepted lists payloads that look odd and are fine. The transcripts
// of TestWire have the usual ones.
func TestPayloadsAccepted(t *testing.T) {
	raw := func(s string) json.RawMessage { return json.RawMessage(s) }
	for name, tc := range map[string]struct {
		decoder, payload string
		want             any
	}{
		"an empty join": {"join", `{}`, protocol.Join{}},
		"a join with nulls": {
			"join", `{"url":null,"params":null,"session":null,"static":null,"flash":null,"sticky":null}`, protocol.Join{},
		},
		"a join with unknown members": {"join", `{"__proto__":{"url":"x"},"URL":"y","sticky":true}`, protocol.Join{Sticky: true}},
		"the last of two members counts, whatever the first is": {
			"join", `{"url":1,"\u0075rl":"b","params":[],"params":{"a":1,"a":2}}`,
			protocol.Join{URL: "b", Params: map[string]json.RawMessage{"a": raw("2")}},
		},
		"an event with no type or value": {"event", `{"event":""}`, protocol.Event{}},
		"an event of a type unknown so far": {
			"event", `{"type":"swipe","event":"e","value":"x"}`, protocol.Event{Type: "swipe", Name: "e", Value: raw(`"x"`)},
		},
		"an event with huge numbers": {
			"event", `{"event":"e","value":{"n":1e999},"cid":` + strconv.Itoa(math.MaxInt) + `}`,
			protocol.Event{Name: "e", Value: raw(`{"n":1e999}`), CID: math.MaxInt},
		},
		"fields of a form do not become the event's name": {
			"event", `{"type":"form","event":"save","value":"event=delete&type=click&name=x","meta":{"event":"delete","type":"click"}}`,
			protocol.Event{
				Type: "form", Name: "save", Value: raw(`"event=delete&type=click&name=x"`), Meta: raw(`{"event":"delete","type":"click"}`),
			},
		},
		"an empty form": {"form", `""`, protocol.Form{Values: map[string][]string{}}},
		"a form keeps the order of one name's values": {
			"form", `"t[]=b&x=1&t[]=a&x&&t[]=c"`, protocol.Form{Values: map[string][]string{"t[]": {"b", "a", "c"}, "x": {"1", ""}}},
		},
		"a form with escapes of both kinds": {
			"form", `"a+b=%C3%A9%26\u0026c=\ud83d\ude00"`, protocol.Form{Values: map[string][]string{"a b": {"é&"}, "c": {"😀"}}},
		},
		"a form with a semicolon": {"form", `"a;b=c;d"`, protocol.Form{Values: map[string][]string{"a;b": {"c;d"}}}},
		"a form with names of JavaScript": {
			"form", `"__proto__[x]=1&constructor=2"`, protocol.Form{Values: map[string][]string{"__proto__[x]": {"1"}, "constructor": {"2"}}},
		},
		"markers at every place": {
			"form", `"_unused_a=&u[_unused_b]=&u[_unused_c][]=&u[v][_unused_d]=&u[d]=1"`,
			protocol.Form{
				Values: map[string][]string{"u[d]": {"1"}},
				Unused: map[string]bool{"a": true, "u[b]": true, "u[c][]": true, "u[v][d]": true},
			},
		},
		"names that are no markers": {
			"form", `"_unused_=1&_unused_[a]=2&x_unused_b=3&_unused_[]=4"`,
			protocol.Form{Values: map[string][]string{"_unused_": {"1"}, "_unused_[a]": {"2"}, "x_unused_b": {"3"}, "_unused_[]": {"4"}}},
		},
		"meta that is missing": {"meta", ``, protocol.Meta{}},
		"meta that is null":    {"meta", `null`, protocol.Meta{}},
		"a target that is a list": {
			"meta", `{"_target":["u","name"]}`, protocol.Meta{Values: map[string]json.RawMessage{"_target": raw(`["u","name"]`)}},
		},
		"a target unknown to the client": {
			"meta", `{"_target":"undefined"}`, protocol.Meta{Target: "undefined", Values: map[string]json.RawMessage{}},
		},
		"values that are missing":  {"values", ``, map[string]json.RawMessage(nil)},
		"values that are null":     {"values", `null`, map[string]json.RawMessage(nil)},
		"values that are an array": {"values", `[{"a":1}]`, map[string]json.RawMessage(nil)},
		"values that are empty":    {"values", ` {} `, map[string]json.RawMessage{}},
		"values of any type": {
			"values", `{"a": [1, 2] ,"b":null}`, map[string]json.RawMessage{"a": raw(`[1, 2]`), "b": raw(`null`)},
		},
		"a file with all its members": {
			"allow_upload",
			`{"ref":"u","cid":3,"entries":[{"ref":"0","name":"é","size":0,"type":"a/b","relative_path":"d/é","path":"p","last_modified":-5,"meta":{"a":1}}]}`,
			protocol.AllowUpload{Ref: "u", CID: 3, Entries: []protocol.UploadEntry{
				{Ref: "0", Name: "é", Type: "a/b", RelativePath: "d/é", Path: "p", LastModified: -5, Meta: raw(`{"a":1}`)},
			}},
		},
		"a file with nulls": {
			"allow_upload", `{"ref":"u","cid":null,"entries":[{"ref":"0","name":"a","size":1,"type":null,"last_modified":null,"meta":null}]}`,
			protocol.AllowUpload{Ref: "u", Entries: []protocol.UploadEntry{{Ref: "0", Name: "a", Size: 1}}},
		},
		"a name that is a path is kept as it is": {
			"allow_upload", `{"ref":"u","entries":[{"ref":"0","name":"../../x\u0000\r\n","size":1}]}`,
			protocol.AllowUpload{Ref: "u", Entries: []protocol.UploadEntry{{Ref: "0", Name: "../../x\x00\r\n", Size: 1}}},
		},
		"a failure without a reason": {
			"progress", `{"ref":"u","entry_ref":"0","progress":{}}`, protocol.Progress{Ref: "u", EntryRef: "0", Error: "failed"},
		},
		"a failure with an object for a reason": {
			"progress", `{"ref":"u","entry_ref":"0","progress":{"error":{"code":7}}}`,
			protocol.Progress{Ref: "u", EntryRef: "0", Error: `{"code":7}`},
		},
		"a failure with a short number for a reason": {
			"progress", `{"ref":"u","entry_ref":"0","progress":{"error":12}}`, protocol.Progress{Ref: "u", EntryRef: "0", Error: "12"},
		},
		"an empty list of components": {"cids", `{"cids":[]}`, []int{}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := decoders[tc.decoder](protocol.Limits{}, tc.payload)
			if v := reflect.ValueOf(tc.want); err != nil || !reflect.DeepEqual(got, v.Interface()) {
				t.Errorf("decode %s(%s) =\n%#v, %v, want\n%#v", tc.decoder, tc.payload, got, err, tc.want)
			}
		})
	}
}

// TestManyFiles shows that a thousand files in one event are within the limits,
// so that the view can refuse them one by one.
func TestManyFiles(t *testing.T) {
	const n = 1000
	list := strings.TrimSuffix(strings.Repeat(
		`{"path":"avatar","ref":"0","last_modified":1700000000000,"name":"a.txt","relative_path":"","type":"text/plain","size":12},`, n), ",")
	got, err := protocol.Limits{}.DecodeEvent([]byte(`{"type":"form","event":"val","value":"","meta":{},"uploads":{"u":[` + list + `]}}`))
	if err != nil || len(got.Uploads["u"]) != n {
		t.Errorf("DecodeEvent = %d files, %v, want %d", len(got.Uploads["u"]), err, n)
	}
}

func TestJoinCounters(t *testing.T) {
	for params, want := range map[string][2]int{
		`{}`:                                     {0, 0},
		`{"_mounts":2,"_mount_attempts":3}`:      {2, 3},
		`{"_mounts":-2,"_mount_attempts":"3"}`:   {0, 0},
		`{"_mounts":1e3,"_mount_attempts":[1]}`:  {0, 0},
		`{"_mounts":99999999999999999999999999}`: {0, 0},
	} {
		j, err := protocol.Limits{}.DecodeJoin([]byte(`{"params":` + params + `}`))
		if got := [2]int{j.Mounts(), j.MountAttempts()}; err != nil || got != want {
			t.Errorf("%s: Mounts and MountAttempts = %v, %v, want %v", params, got, err, want)
		}
	}
}

func TestTargetPath(t *testing.T) {
	for target, want := range map[string][]string{
		"":            nil,
		"undefined":   nil,
		"name":        {"name"},
		"u[name]":     {"u", "name"},
		"u[tags][]":   {"u", "tags"},
		"u[a][0][b]":  {"u", "a", "0", "b"},
		"tags[]":      {"tags"},
		"u[_x y-é]":   {"u", "_x y-é"},
		"[name]":      {"[name]"},
		"u[name":      {"u[name"},
		"u[name]tail": {"u[name]tail"},
	} {
		if got := protocol.TargetPath(target); !reflect.DeepEqual(got, want) {
			t.Errorf("TargetPath(%q) = %q, want %q", target, got, want)
		}
	}
}

func TestAcceptsVersion(t *testing.T) {
	for vsn, want := range map[string]bool{
		protocol.Version: true, "2.0.1": true, "2.0.17": true,
		"": false, "1.0.0": false, "2.1.0": false, "9.9": false, "2.0": false, "2.0.": false, "2.0.x": false, "2.0.0-dev": false,
		"2.0.0.0": false, " 2.0.0": false, "2.0.0\n": false, "2.0.-1": false, "2.0." + strings.Repeat("1", 1000): false,
	} {
		if got := protocol.AcceptsVersion(vsn); got != want {
			t.Errorf("AcceptsVersion(%.20q) = %t, want %t", vsn, got, want)
		}
	}
}

// TestEncodedBytes fixes the order of members, which TestWire leaves free. The
// status of a reply comes first so that the response may be written as it is made.
func TestEncodedBytes(t *testing.T) {
	head := protocol.AppendReplyHead([]byte("x"), "4", "8", `lv:"<é`, true)
	for _, tc := range []struct {
		got  []byte
		want string
	}{
		{protocol.AppendReply(nil, "4", "8", "lv:a", true, nil), `["4","8","lv:a","phx_reply",{"status":"ok","response":{}}]`},
		{protocol.AppendReply(nil, "", "", "lv:a", false, []byte(`[1]`)), `[null,null,"lv:a","phx_reply",{"status":"error","response":[1]}]`},
		{protocol.AppendReplyTail(append(head, '7')), `x["4","8","lv:\"<é","phx_reply",{"status":"ok","response":7}]`},
		{protocol.AppendPush(nil, "", "lv:a", "diff", nil), `[null,null,"lv:a","diff",{}]`},
		{protocol.AppendPushTail(append(protocol.AppendPushHead(nil, "4", "lv:a", "diff"), "{}"...)), `["4",null,"lv:a","diff",{}]`},
		{protocol.AppendClose(nil, "4", "lv:a"), `["4","4","lv:a","phx_close",{}]`},
		{protocol.AppendError(nil, "4", "lv:a", `"`), `["4","4","lv:a","phx_error",{"reason":"\""}]`},
		{protocol.Redirect{To: "/"}.AppendJSON(nil), `{"to":"/","status":302}`},
		{protocol.Redirect{To: "/", Status: 303, Flash: "F"}.AppendResponse(nil), `{"redirect":{"to":"/","status":303,"flash":"F"}}`},
		{protocol.LiveRedirect{To: "/"}.AppendJSON(nil), `{"to":"/","kind":"push"}`},
		{protocol.LivePatchPush{To: "/?a=1&b=<2>", Kind: protocol.KindReplace}.AppendJSON(nil), `{"to":"/?a=1&b=<2>","kind":"replace"}`},
		{protocol.AppendCIDs(nil, []int{1, 22, 3}), `{"cids":[1,22,3]}`},
		{
			protocol.UploadReply{Ref: "u", Errors: []protocol.UploadError{{"0", "a"}, {"0", "b"}, {"1", "c"}}}.AppendJSON(nil),
			`{"ref":"u","config":{"max_file_size":0,"max_entries":0,"chunk_size":0,"chunk_timeout":0},"entries":{},"errors":{"0":["a","b"],"1":["c"]}}`,
		},
		{
			protocol.UploadReply{Ref: "u", Errors: []protocol.UploadError{{"0", "a"}, {"1", "c"}}, Rejected: true}.AppendJSON(nil),
			`{"ref":"u","error":[["0","a"],["1","c"]]}`,
		},
	} {
		if string(tc.got) != tc.want {
			t.Errorf("encoded %s, want %s", tc.got, tc.want)
		}
	}
}

// TestConcurrentUse decodes from many goroutines, for the race detector.
func TestConcurrentUse(t *testing.T) {
	data := []byte(click)
	errs := make(chan error)
	for range 8 {
		go func() { // ends when the receive below takes its error
			f, err := protocol.Limits{}.DecodeText(data)
			if err == nil {
				_, err = protocol.Limits{}.DecodeEvent(f.Payload)
			}
			errs <- err
		}()
	}
	for range 8 {
		if err := <-errs; err != nil {
			t.Error(fmt.Errorf("concurrent use: %w", err))
		}
	}
}
