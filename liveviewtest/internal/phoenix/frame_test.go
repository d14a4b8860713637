package phoenix

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

// What decodeJSON makes of a text is what encoding/json makes of it.
func FuzzDecodeJSON(f *testing.F) {
	for _, seed := range []string{
		`["1","2","lv:x","phx_reply",{"status":"ok","response":{"0":1,"s":["<p class=\"a\">\n","</p>"],"k":{},"km":[]}}]`,
		` { "a" : [ true , false , null , -0.5e+3 ] , "a" : "\u00e9\ud83d\ude00\ud83d" } `,
		`[1,]`, `{"a"}`, `{"a":1,}`, `"`, `"\x"`, "\"\n\"", `01`, `-`, `1 2`, `nul`, `[`, ``, "\"\xff\"", `{"a":+1}`, "\u00a0",
		strings.Repeat("[", 10_002),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := decodeJSON(text)
		d := json.NewDecoder(strings.NewReader(text))
		d.UseNumber()
		var want any
		wantErr := d.Decode(&want)
		if wantErr == nil && !json.Valid([]byte(text)) {
			return // more than one value, which only the Decoder takes
		}
		switch {
		case err == nil && wantErr != nil:
			t.Errorf("decodeJSON(%q) = %v, but encoding/json fails: %v", text, got, wantErr)
		case err == nil && !reflect.DeepEqual(got, want):
			t.Errorf("decodeJSON(%q) = %v, want %v", text, got, want)
		case err != nil && wantErr == nil && !strings.Contains(err.Error(), "UTF-8") && !strings.Contains(err.Error(), "depth"):
			t.Errorf("decodeJSON(%q) fails: %v", text, err)
		}
	})
}

// A message is an array of two refs, a topic, an event and an object, and nothing
// else is.
func TestFramesAreArraysOfFive(t *testing.T) {
	f, err := decodeFrame(`[null,"7","lv:x","phx_reply",{"n":1}]`)
	want := frame{ref: "7", topic: "lv:x", event: "phx_reply", payload: Payload{"n": json.Number("1")}}
	if err != nil || !reflect.DeepEqual(f, want) {
		t.Errorf("the frame is %+v, %v", f, err)
	}
	for _, bad := range []string{`{}`, `[1,2,3]`, `["1","2","lv:x","e",[]]`, `["1","2",null,"e",{}]`, `["1","2","lv:x",5,{}]`, `["1"`} {
		if f, err := decodeFrame(bad); err == nil {
			t.Errorf("decodeFrame(%s) = %+v", bad, f)
		}
	}
}
