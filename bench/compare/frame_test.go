package main

import (
	"encoding/json"
	"reflect"
	"testing"
)

func TestParseFrame(t *testing.T) {
	for data, want := range map[string]frame{
		`["1","7","lv:a","phx_reply",{"status":"ok","response":{"diff":{"0":"[\"]"}}}]`: {"7", "phx_reply", []byte(`{"status":"ok","response":{"diff":{"0":"[\"]"}}}`)},
		`["1",null,"lv:a","diff",{"0":"1"}]`:                                            {"", "diff", []byte(`{"0":"1"}`)},
		`[null,"3","phoenix","phx_reply",{}]` + "\n":                                    {"3", "phx_reply", []byte(`{}`)},
	} {
		if got, err := parseFrame([]byte(data)); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("parseFrame(%s) = %+v, %v, want %+v", data, got, err, want)
		}
	}
	for _, data := range []string{``, `{}`, `[`, `[]`, `["1"]`, `["1","2","lv:a"]`, `["1","2","lv:a","diff"]`, `["1","2","lv:a","diff",{}`, `[1,2,3,4,{}]`} {
		if got, err := parseFrame([]byte(data)); err == nil {
			t.Errorf("parseFrame(%s) = %+v, want an error", data, got)
		}
	}
}

func TestAccepted(t *testing.T) {
	for payload, want := range map[string]bool{
		`{"status":"ok","response":{}}`:                       true,
		`{"response":{},"status":"ok"}`:                       true,
		`{ "response": {}, "status": "ok" }`:                  true,
		`{"status":"error","response":{}}`:                    false,
		`{"status":"error","response":{"a":{"status":"ok"}}}`: false,
		`{}`: false,
		``:   false,
	} {
		if got := (frame{payload: []byte(payload)}).accepted(); got != want {
			t.Errorf("accepted(%s) = %v, want %v", payload, got, want)
		}
	}
}

func TestFramesToServer(t *testing.T) {
	p := page{csrf: "t", id: "lv-1", session: "s", static: "c"}
	join, err := joinFrame(p, "http://h/counter", "")
	if err != nil {
		t.Fatal(err)
	}
	for got, want := range map[string]string{
		string(join): `["1","1","lv:lv-1","phx_join",{"url":"http://h/counter","session":"s","static":"c",
			"params":{"_csrf_token":"t","_mounts":0,"_mount_attempts":0}}]`,
		string(appendClick(nil, p, 12, "inc", 0)): `["1","12","lv:lv-1","event",{"type":"click","event":"inc","value":{}}]`,
		string(appendClick(nil, p, 3, "open", 5)): `["1","3","lv:lv-1","event",{"type":"click","event":"open","value":{},"cid":5}]`,
	} {
		var gotValue, wantValue any
		if err := json.Unmarshal([]byte(got), &gotValue); err != nil {
			t.Errorf("%s: %v", got, err)
		}
		if err := json.Unmarshal([]byte(want), &wantValue); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(gotValue, wantValue) {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
