package protocol_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/gin-liveview/liveview/protocol"
)

var update = flag.Bool("update", false, "rewrite testdata/wire")

// sent holds what the encoders produce for the lines that start with < in the
// transcript of the same name, in their order.
var sent = map[string][][]byte{
	"channel.txt": {
		protocol.AppendReply(nil, "", "8", protocol.TopicPhoenix, true, nil),
		protocol.AppendClose(nil, "4", "lv:phx-A1"),
		reply("4", "9", true, ""),
		protocol.AppendReply(nil, "", "9", "lv:", true, nil),
		reply("4", "10", false, reason(protocol.ReasonUnmatchedTopic)),
		protocol.AppendError(nil, "4", "lv:phx-A1", protocol.ReasonChannelCrash),
	},
	"join.txt": {
		reply("4", "4", true, `{"rendered":{"0":"1","s":["<main>","</main>"],"r":1,"t":"Home"},"liveview_version":"1.2.12"}`),
		reply("12", "12", true, `{"live_patch":`+string(protocol.LivePatchPush{To: "/x?y=1"}.AppendJSON(nil))+
			`,"container":`+string(protocol.Container{Tag: "section", Attributes: map[string]string{"class": "c2", "aria-label": "\"Two\""}}.AppendJSON(nil))+`}`),
		protocol.AppendReply(nil, "13", "13", "lv:kid", false, protocol.AppendReason(nil, protocol.ReasonUnauthorized)),
		reply("20", "20", false, reason(protocol.ReasonStale)),
		reply("20", "20", false, string(protocol.Reload{Status: 404, Token: "RT"}.AppendJSON(nil))),
		reply("20", "20", false, string(protocol.Redirect{To: "/login", Flash: "F"}.AppendResponse(nil))),
		reply("20", "20", false, string(protocol.LiveRedirect{To: "/x", Flash: "F"}.AppendResponse(nil))),
		reply("20", "20", false, reason(protocol.ReasonJoinCrashed)),
		reply("20", "20", false, reason(protocol.ReasonTooManyChannels)),
	},
	"event.txt": {
		reply("4", "8", true, `{"diff":{"0":"1"}}`),
		reply("4", "9", true, ""),
		reply("4", "11", true, `{"diff":{"r":{"ok":true}}}`),
		reply("4", "22", true, ""),
		reply("4", "23", true, string(protocol.AppendCIDs(nil, []int{2}))),
		reply("4", "24", true, string(protocol.AppendCIDs(nil, nil))),
	},
	"navigation.txt": {
		reply("4", "10", true, protocol.ResponseLinkRedirect),
		reply("4", "10", true, string(protocol.Redirect{To: "/five", Status: 302, Flash: "F"}.AppendResponse(nil))),
		reply("4", "10", true, string(protocol.LiveRedirect{To: "/four", Kind: protocol.KindPush, Flash: "F"}.AppendResponse(nil))),
		push(protocol.EventDiff, []byte(`{"0":"2","e":[["tick",{}]]}`)),
		push(protocol.EventLivePatch, protocol.LivePatchPush{To: "/three"}.AppendJSON(nil)),
		push(protocol.EventLiveRedirect, protocol.LiveRedirect{To: "/four", Kind: protocol.KindReplace, Flash: "F"}.AppendJSON(nil)),
		push(protocol.EventRedirect, protocol.Redirect{To: "https://other.example/", Flash: "F"}.AppendJSON(nil)),
	},
	"upload.txt": {
		reply("4", "9", true, string(protocol.UploadReply{
			Ref: "phx-U1", Config: uploadConfig, Entries: []protocol.UploadGrant{{Ref: "0", Token: "ENTRY-TOKEN"}}, Diff: []byte(`{"0":"0"}`),
		}.AppendJSON(nil))),
		reply("4", "9", true, string(protocol.UploadReply{
			Ref: "phx-U1", Errors: []protocol.UploadError{{Ref: "0", Reason: "too_large"}}, Rejected: true, Diff: []byte(`{}`),
		}.AppendJSON(nil))),
		reply("4", "9", true, string(protocol.UploadReply{
			Ref: "phx-U1", Config: uploadConfig, Errors: []protocol.UploadError{{Ref: "0", Reason: "too_large"}},
			Entries: []protocol.UploadGrant{{Ref: "1", External: []byte(`{"uploader":"S3","url":"https://s3.example/"}`)}},
		}.AppendJSON(nil))),
		protocol.AppendReply(nil, "12", "12", "lvu:0", true, nil),
		protocol.AppendReply(nil, "12", "12", "lvu:0", false, protocol.AppendReason(nil, protocol.ReasonInvalidToken)),
		protocol.AppendReply(nil, "12", "13", "lvu:0", false, protocol.AppendFileSizeLimit(nil, 12)),
	},
}

var uploadConfig = protocol.UploadConfig{MaxFileSize: 8_000_000, MaxEntries: 1, ChunkSize: 64_000, ChunkTimeout: 10 * time.Second}

func reply(joinRef, ref string, ok bool, response string) []byte {
	var raw []byte
	if response != "" {
		raw = []byte(response)
	}
	return protocol.AppendReply(nil, joinRef, ref, "lv:phx-A1", ok, raw)
}

func reason(r string) string { return string(protocol.AppendReason(nil, r)) }

func push(event string, payload []byte) []byte {
	return protocol.AppendPush(nil, "4", "lv:phx-A1", event, payload)
}

// TestWire reads the transcripts. A line > is from the client and must decode to
// the values on the line = below it; a line < is from the server and must be what
// the encoders produce.
func TestWire(t *testing.T) {
	files, err := filepath.Glob("testdata/wire/*.txt")
	if err != nil || len(files) != len(sent) {
		t.Fatalf("Glob = %d transcripts (%v), want %d", len(files), err, len(sent))
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) { testTranscript(t, file, sent[filepath.Base(file)]) })
	}
}

func testTranscript(t *testing.T, file string, sent [][]byte) {
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	var decoded []byte // of the last line >
	for n, line := range strings.Split(strings.TrimSuffix(string(data), "\n"), "\n") {
		mark, rest, _ := strings.Cut(line, " ")
		switch mark {
		case "#":
		case ">":
			decoded = decodeLine(t, rest)
		case "=":
			if !*update && !sameJSON(t, []byte(rest), decoded) {
				t.Errorf("%s:%d: decoded\n%s\nwant\n%s", file, n+1, decoded, rest)
			}
			line = "= " + string(decoded)
		case "<":
			if len(sent) == 0 {
				t.Fatalf("%s:%d: no encoder for this line", file, n+1)
			}
			if !*update && !sameJSON(t, []byte(rest), sent[0]) {
				t.Errorf("%s:%d: encoded\n%s\nwant\n%s", file, n+1, sent[0], rest)
			}
			line, sent = "< "+string(sent[0]), sent[1:]
		default:
			t.Fatalf("%s:%d: unknown mark %q", file, n+1, mark)
		}
		out.WriteString(line + "\n")
	}
	if len(sent) > 0 {
		t.Errorf("%s: %d frames of the encoders are not in it", file, len(sent))
	}
	if *update {
		if err := os.WriteFile(file, out.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// decodeLine returns all that the decoders find in a frame from the client, as JSON.
func decodeLine(t *testing.T, line string) []byte {
	t.Helper()
	var lim protocol.Limits
	var f protocol.Frame
	var err error
	if digits, ok := strings.CutPrefix(line, "hex "); ok {
		data, herr := hex.DecodeString(strings.ReplaceAll(digits, " ", ""))
		if herr != nil {
			t.Fatal(herr)
		}
		f, err = lim.DecodeBinary(data)
	} else {
		f, err = lim.DecodeText([]byte(line))
	}
	if err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	values := map[string]any{"Frame": map[string]any{"JoinRef": f.JoinRef, "Ref": f.Ref, "Topic": f.Topic, "Event": f.Event}}
	switch f.Event {
	case protocol.EventJoin:
		if strings.HasPrefix(f.Topic, protocol.TopicUpload) {
			values["UploadJoin"], err = lim.DecodeUploadJoin(f.Payload)
			break
		}
		var j protocol.Join
		j, err = lim.DecodeJoin(f.Payload)
		values["Join"], values["Mounts"], values["MountAttempts"] = j, j.Mounts(), j.MountAttempts()
	case protocol.EventEvent:
		var e protocol.Event
		if e, err = lim.DecodeEvent(f.Payload); err != nil {
			break
		}
		values["Event"] = e
		if e.Type != protocol.TypeForm {
			values["Values"], err = lim.DecodeValues(e.Value)
			break
		}
		if values["Form"], err = lim.DecodeForm(e.Value); err != nil {
			break
		}
		var m protocol.Meta
		m, err = lim.DecodeMeta(e.Meta)
		values["Meta"], values["TargetPath"] = m, protocol.TargetPath(m.Target)
	case protocol.EventLivePatch:
		values["LivePatch"], err = lim.DecodeLivePatch(f.Payload)
	case protocol.EventAllowUpload:
		values["AllowUpload"], err = lim.DecodeAllowUpload(f.Payload)
	case protocol.EventProgress:
		values["Progress"], err = lim.DecodeProgress(f.Payload)
	case protocol.EventCIDsWillDestroy, protocol.EventCIDsDestroyed:
		values["CIDs"], err = lim.DecodeCIDs(f.Payload)
	case protocol.EventChunk:
		values["Chunk"] = string(f.Payload)
	}
	if err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	out, err := json.Marshal(values)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// sameJSON reports whether two texts hold the same JSON value.
func sameJSON(t *testing.T, a, b []byte) bool {
	t.Helper()
	var va, vb any
	if err := json.Unmarshal(b, &vb); err != nil {
		t.Fatalf("not JSON: %v\n%s", err, b)
	}
	return json.Unmarshal(a, &va) == nil && reflect.DeepEqual(va, vb)
}
