package protocol_test

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/gin-liveview/liveview/protocol"
)

func TestDecodeText(t *testing.T) {
	for name, tc := range map[string]struct {
		in   string
		want protocol.Frame
	}{
		"an event": {
			click,
			protocol.Frame{JoinRef: "4", Ref: "8", Topic: "lv:phx-A1", Event: "event", Payload: []byte(`{"type":"click","event":"inc","value":{}}`)},
		},
		"a heartbeat has no join_ref": {
			`[null,"8","phoenix","heartbeat",{}]`,
			protocol.Frame{Ref: "8", Topic: "phoenix", Event: "heartbeat", Payload: []byte(`{}`)},
		},
		"both refs may be null": {
			`[null,null,"t","e",{}]`,
			protocol.Frame{Topic: "t", Event: "e", Payload: []byte(`{}`)},
		},
		"white space and escapes do not matter": {
			"\t[ \"\\u0034\" ,\r\n\"8\" , \"lv\\u003aé\\ud83d\\ude00\" , \"ev\\/\\\"\" , [ 1 ] ]\n",
			protocol.Frame{JoinRef: "4", Ref: "8", Topic: "lv:é😀", Event: `ev/"`, Payload: []byte(`[ 1 ]`)},
		},
		"half a surrogate pair is U+FFFD": {
			`["4","8","\ud800-\udc00\ud800\u0041","e",null]`,
			protocol.Frame{JoinRef: "4", Ref: "8", Topic: "\ufffd-\ufffd\ufffdA", Event: "e", Payload: []byte(`null`)},
		},
		"twenty digits make a ref": {
			`["12345678901234567890","0","t","e",-0.1e+999]`,
			protocol.Frame{JoinRef: "12345678901234567890", Ref: "0", Topic: "t", Event: "e", Payload: []byte(`-0.1e+999`)},
		},
		"topic and event of 255 bytes": {
			`["1","1","` + strings.Repeat("t", 255) + `","` + strings.Repeat("e", 255) + `",{}]`,
			protocol.Frame{JoinRef: "1", Ref: "1", Topic: strings.Repeat("t", 255), Event: strings.Repeat("e", 255), Payload: []byte(`{}`)},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := protocol.Limits{}.DecodeText([]byte(tc.in))
			if err != nil || fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", tc.want) {
				t.Errorf("DecodeText(%s) = %+v, %v, want %+v", tc.in, got, err, tc.want)
			}
		})
	}
}

func TestDecodeTextRefuses(t *testing.T) {
	payload := func(p string) string { return `["1","1","t","e",` + p + `]` }
	for name, tc := range map[string]struct {
		in   string
		want error
	}{
		"nothing":                   {``, protocol.ErrMalformed},
		"an object":                 {`{}`, protocol.ErrMalformed},
		"four elements":             {`["1","1","t","e"]`, protocol.ErrMalformed},
		"six elements":              {`["1","1","t","e",{},{}]`, protocol.ErrMalformed},
		"a comma at the end":        {`["1","1","t","e",{},]`, protocol.ErrMalformed},
		"an open array":             {`["1","1","t","e",{}`, protocol.ErrMalformed},
		"bytes after the frame":     {payload(`{}`) + `x`, protocol.ErrMalformed},
		"two frames":                {payload(`{}`) + payload(`{}`), protocol.ErrMalformed},
		"a NUL after the frame":     {payload(`{}`) + "\x00", protocol.ErrMalformed},
		"a byte order mark":         {"\ufeff" + payload(`{}`), protocol.ErrMalformed},
		"a ref that is a number":    {`[1,"1","t","e",{}]`, protocol.ErrMalformed},
		"a ref that is empty":       {`["1","","t","e",{}]`, protocol.ErrMalformed},
		"a ref with a sign":         {`["-1","1","t","e",{}]`, protocol.ErrMalformed},
		"a ref of 21 digits":        {`["1","123456789012345678901","t","e",{}]`, protocol.ErrMalformed},
		"a topic that is null":      {`["1","1",null,"e",{}]`, protocol.ErrMalformed},
		"an event that is an array": {`["1","1","t",[],{}]`, protocol.ErrMalformed},
		"a topic of 256 bytes":      {`["1","1","` + strings.Repeat("t", 256) + `","e",{}]`, protocol.ErrLimit},
		"an event of 256 bytes":     {`["1","1","t","` + strings.Repeat("e", 256) + `",{}]`, protocol.ErrLimit},
		"a topic of 1 MB":           {`["1","1","` + strings.Repeat("t", 1<<20) + `","e",{}]`, protocol.ErrLimit},
		"invalid UTF-8":             {payload("\"\xff\""), protocol.ErrMalformed},
		"invalid UTF-8 in a key":    {payload("{\"\xc3\":1}"), protocol.ErrMalformed},
		"an encoded surrogate":      {payload("\"\xed\xa0\x80\""), protocol.ErrMalformed},
		"a raw control character":   {payload("\"a\nb\""), protocol.ErrMalformed},
		"a raw NUL":                 {payload("\"\x00\""), protocol.ErrMalformed},
		"an unknown escape":         {payload(`"\x41"`), protocol.ErrMalformed},
		"a short escape":            {payload(`"\u12"`), protocol.ErrMalformed},
		"an open string":            {`["1","1","t","e","`, protocol.ErrMalformed},
		"an escape at the end":      {`["1","1","t","e","\`, protocol.ErrMalformed},
		"a leading zero":            {payload(`01`), protocol.ErrMalformed},
		"a lone minus":              {payload(`-`), protocol.ErrMalformed},
		"a dot without digits":      {payload(`1.`), protocol.ErrMalformed},
		"an exponent without any":   {payload(`1e+`), protocol.ErrMalformed},
		"NaN":                       {payload(`NaN`), protocol.ErrMalformed},
		"half a word":               {payload(`tru`), protocol.ErrMalformed},
		"a comment":                 {payload(`/**/{}`), protocol.ErrMalformed},
		"single quotes":             {payload(`{'a':1}`), protocol.ErrMalformed},
		"a key that is a number":    {payload(`{1:1}`), protocol.ErrMalformed},
		"a member without a value":  {payload(`{"a":}`), protocol.ErrMalformed},
		"a member without a colon":  {payload(`{"a" 1}`), protocol.ErrMalformed},
		"an object left open":       {payload(`{"a":1`), protocol.ErrMalformed},
		"brackets that cross":       {payload(`{"a":[}]`), protocol.ErrMalformed},
		"depth 33":                  {payload(strings.Repeat("[", 32) + strings.Repeat("]", 32)), protocol.ErrLimit},
		"65,537 members":            {payload(object1(keys + 1)), protocol.ErrLimit},
		"65,537 elements":           {payload(`[0` + strings.Repeat(",0", keys) + `]`), protocol.ErrLimit},
		"655,361 values in all":     {payload(`[` + strings.Repeat(object1(keys-1)+",", 9) + object1(keys) + `]`), protocol.ErrLimit},
		"a string beyond 1 MiB":     {payload(`"` + strings.Repeat("x", 1<<20+1) + `"`), protocol.ErrLimit},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := protocol.Limits{}.DecodeText([]byte(tc.in))
			if !errors.Is(err, tc.want) || got.Topic != "" || got.Payload != nil {
				t.Errorf("DecodeText(%.100q) = %+v, %v, want %v", tc.in, got, err, tc.want)
			}
		})
	}
}

// object1 returns an object of n members.
// keys is how many members an object may have by default.
const keys = 65_536

func object1(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `,"%d":0`, i)
	}
	return "{" + strings.TrimPrefix(b.String(), ",") + "}"
}

func TestLimitsAreInclusive(t *testing.T) {
	payload := func(p string) []byte { return []byte(`["1","1","t","e",` + p + `]`) }
	for name, in := range map[string][]byte{
		"depth 32":          payload(strings.Repeat("[", 31) + strings.Repeat("]", 31)),
		"65,536 members":    payload(object1(keys)),
		"a string of 1 MiB": payload(`"` + strings.Repeat("x", 1<<20) + `"`),
		"655,360 in all":    payload(`[` + strings.Repeat(object1(keys-1)+",", 9) + object1(keys-1) + `]`),
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := (protocol.Limits{}).DecodeText(in); err != nil {
				t.Errorf("DecodeText = %v", err)
			}
		})
	}
	small := protocol.Limits{MaxDepth: 2, MaxKeys: 2, MaxTopic: 1, MaxValue: 3}
	if _, err := small.DecodeText(payload(`{"a":"xyz","b":1}`)); err != nil {
		t.Errorf("DecodeText within small limits = %v", err)
	}
	for _, in := range []string{`{"a":[]}`, `{"a":1,"b":2,"c":3}`, `"wxyz"`, `{"wxyz":1}`} {
		if _, err := small.DecodeText(payload(in)); !errors.Is(err, protocol.ErrLimit) {
			t.Errorf("DecodeText(%s) = %v, want ErrLimit", in, err)
		}
	}
	if _, err := (protocol.Limits{MaxKeys: math.MaxInt}).DecodeText(payload(`[1,2]`)); err != nil {
		t.Errorf("DecodeText without a limit on keys = %v", err)
	}
}

func TestErrorSaysWhere(t *testing.T) {
	for in, want := range map[string]string{
		`["1","1","t","e",{"a":tru}]`: "protocol: malformed message: offset 22: not a JSON value",
		`["1","1","t","e",{"a"=1}]`:   `protocol: malformed message: offset 21: "=", want ':'`,
		`["1","1","t"`:                "protocol: malformed message: ends at offset 12, want an array of 5 elements",
		`["1",1,"t","e",{}]`:          "protocol: malformed message: ref is not null or a string of 1 to 20 digits",
	} {
		if _, err := (protocol.Limits{}).DecodeText([]byte(in)); err == nil || err.Error() != want {
			t.Errorf("DecodeText(%s) = %v, want %s", in, err, want)
		}
	}
}

func TestDecodeBinary(t *testing.T) {
	long := strings.Repeat("t", 255)
	for name, tc := range map[string]struct {
		in   string
		want protocol.Frame
		err  error
	}{
		"a chunk": {
			"\x00\x02\x02\x05\x051213lvu:0chunkhello",
			protocol.Frame{JoinRef: "12", Ref: "13", Topic: "lvu:0", Event: "chunk", Payload: []byte("hello"), Binary: true},
			nil,
		},
		"an empty chunk without refs": {
			"\x00\x00\x00\x05\x05lvu:0chunk",
			protocol.Frame{Topic: "lvu:0", Event: "chunk", Payload: []byte{}, Binary: true},
			nil,
		},
		"bytes that are not text": {
			"\x00\x01\x01\x01\x0111te\xff\x00",
			protocol.Frame{JoinRef: "1", Ref: "1", Topic: "t", Event: "e", Payload: []byte("\xff\x00"), Binary: true},
			nil,
		},
		"a topic of 255 bytes": {
			"\x00\x00\x00\xff\x01" + long + "e",
			protocol.Frame{Topic: long, Event: "e", Payload: []byte{}, Binary: true},
			nil,
		},
		"nothing":                      {"", protocol.Frame{}, protocol.ErrMalformed},
		"a header cut short":           {"\x00\x02\x02\x05", protocol.Frame{}, protocol.ErrMalformed},
		"a reply":                      {"\x01\x00\x00\x01\x01te", protocol.Frame{}, protocol.ErrMalformed},
		"a broadcast":                  {"\x02\x00\x00\x01\x01te", protocol.Frame{}, protocol.ErrMalformed},
		"a join_ref length that lies":  {"\x00\xff\x00\x00\x001", protocol.Frame{}, protocol.ErrMalformed},
		"an event length that lies":    {"\x00\x01\x01\x01\xff11te", protocol.Frame{}, protocol.ErrMalformed},
		"an event length one too long": {"\x00\x01\x01\x01\x0211te", protocol.Frame{}, protocol.ErrMalformed},
		"a ref that is text":           {"\x00\x01\x01\x01\x011xte", protocol.Frame{}, protocol.ErrMalformed},
		"a ref of 21 digits":           {"\x00\x15\x00\x01\x01" + strings.Repeat("1", 21) + "te", protocol.Frame{}, protocol.ErrMalformed},
		"a topic that is not UTF-8":    {"\x00\x00\x00\x01\x01\xffe", protocol.Frame{}, protocol.ErrMalformed},
		"an event that is not UTF-8":   {"\x00\x00\x00\x01\x01t\xc3", protocol.Frame{}, protocol.ErrMalformed},
		"lengths that only fit summed": {"\x00\x04\x04\x04\x041234567890", protocol.Frame{}, protocol.ErrMalformed},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := protocol.Limits{}.DecodeBinary([]byte(tc.in))
			if !errors.Is(err, tc.err) || fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", tc.want) {
				t.Errorf("DecodeBinary(%q) = %+v, %v, want %+v, %v", tc.in, got, err, tc.want, tc.err)
			}
		})
	}
	if _, err := (protocol.Limits{MaxTopic: 3}).DecodeBinary([]byte("\x00\x00\x00\x04\x01lvu:e")); !errors.Is(err, protocol.ErrLimit) {
		t.Errorf("DecodeBinary of a topic beyond MaxTopic = %v, want ErrLimit", err)
	}
}

// TestDecodeTextCopiesStrings shows that only the payload aliases the input.
func TestDecodeTextCopiesStrings(t *testing.T) {
	data := []byte(click)
	f, err := protocol.Limits{}.DecodeText(data)
	if err != nil {
		t.Fatal(err)
	}
	e, err := protocol.Limits{}.DecodeEvent(f.Payload)
	if err != nil {
		t.Fatal(err)
	}
	for i := range data {
		data[i] = '!'
	}
	if f.JoinRef != "4" || f.Ref != "8" || f.Topic != "lv:phx-A1" || e.Name != "inc" || e.Type != protocol.TypeClick {
		t.Errorf("after the input changed: %+v, %+v", f, e)
	}
	if f.Payload[0] != '!' {
		t.Error("the payload was copied")
	}
}

func TestDecodeClickAllocations(t *testing.T) {
	data := []byte(click)
	n := testing.AllocsPerRun(100, func() {
		f, _ := protocol.Limits{}.DecodeText(data)
		_, _ = protocol.Limits{}.DecodeEvent(f.Payload)
	})
	if n > 2 {
		t.Errorf("a click costs %v allocations, want at most 2", n)
	}
}

// bombs are inputs made to cost more than they should. Each has n parts.
var bombs = map[string]struct {
	n      int
	text   func(n int) string // a frame
	decode func(protocol.Limits, []byte) error
}{
	"arrays 10,000 deep": {10_000, func(n int) string {
		return `["1","1","t","e",` + strings.Repeat("[", n) + strings.Repeat("]", n) + `]`
	}, decodeText},
	"objects 10,001 deep": {10_001, func(n int) string {
		return `["1","1","t","e",` + strings.Repeat(`{"a":`, n) + "1" + strings.Repeat("}", n) + `]`
	}, decodeText},
	"a million brackets": {1_000_000, func(n int) string { return strings.Repeat("[", n) }, decodeText},
	"a million empty arrays": {1_000_000, func(n int) string {
		return `["1","1","t","e",[` + strings.Repeat("[],", n) + `[]]]`
	}, decodeText},
	"100,000 members": {100_000, func(n int) string { return `["1","1","t","e",` + object1(n) + `]` }, decodeText},
	"100,000 form keys": {100_000, func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "k%d=&", i)
		}
		return `"` + b.String() + `"`
	}, decodeForm},
	"100,000 form values of one key": {100_000, func(n int) string { return `"` + strings.Repeat("a=b&", n) + `"` }, decodeForm},
	"100,000 empty form fields":      {100_000, func(n int) string { return `"` + strings.Repeat("&", n) + `"` }, decodeForm},
	"a form key with 10,000 brackets": {10_000, func(n int) string {
		return `"a` + strings.Repeat("[b]", n) + `=1"`
	}, decodeForm},
	"a target with 10,000 brackets": {10_000, func(n int) string {
		return `{"_target":"a` + strings.Repeat("[b]", n) + `"}`
	}, func(l protocol.Limits, b []byte) error { _, err := l.DecodeMeta(b); return err }},
	"200,000 escapes": {200_000, func(n int) string {
		return `{"url":"` + strings.Repeat(`\ud800`, n) + `"}`
	}, func(l protocol.Limits, b []byte) error { _, err := l.DecodeLivePatch(b); return err }},
	"100,000 files": {100_000, func(n int) string {
		return `{"ref":"u","entries":[` + strings.Repeat(`{"ref":"0","name":"a","size":1},`, n) + `0]}`
	}, func(l protocol.Limits, b []byte) error { _, err := l.DecodeAllowUpload(b); return err }},
	"100,000 components": {100_000, func(n int) string {
		return `{"cids":[` + strings.Repeat("1,", n) + `1]}`
	}, func(l protocol.Limits, b []byte) error { _, err := l.DecodeCIDs(b); return err }},
}

func decodeText(l protocol.Limits, b []byte) error { _, err := l.DecodeText(b); return err }

func decodeForm(l protocol.Limits, b []byte) error { _, err := l.DecodeForm(b); return err }

// TestBombs feeds each bomb to its decoder, first under the default limits, which
// must stop it at once. Without limits, ten times the input may take about ten times
// as long; a hundred times would be the sign of quadratic work. Times are those of
// this process's processor, so that it doesn't matter what else the machine does.
func TestBombs(t *testing.T) {
	const (
		tooLong  = time.Second           // for what takes a millisecond
		tooShort = 50 * time.Millisecond // to tell anything from
	)
	var slowest time.Duration
	steepest := 0.0
	for name, bomb := range bombs {
		t.Run(name, func(t *testing.T) {
			data := []byte(bomb.text(bomb.n))
			limited, err := fastest(1, protocol.Limits{}, data, bomb.decode)
			if name != "100,000 empty form fields" && !errors.Is(err, protocol.ErrLimit) {
				t.Errorf("decode = %v, want ErrLimit", err)
			}
			if limited > tooLong {
				t.Errorf("%d bytes took %v", len(data), limited)
			}
			many, err := fastest(2, vast, []byte(bomb.text(bomb.n/4)), bomb.decode)
			if err != nil && !errors.Is(err, protocol.ErrLimit) && !errors.Is(err, protocol.ErrMalformed) {
				t.Errorf("decode without limits = %v", err)
			}
			few, _ := fastest(3, vast, []byte(bomb.text(bomb.n/40)), bomb.decode)
			if many > tooShort && many > 50*few { // which a collection of garbage may be the cause of
				again, _ := fastest(10, vast, []byte(bomb.text(bomb.n/4)), bomb.decode)
				many = min(many, again)
			}
			if many > tooShort && many > 50*few {
				t.Errorf("without limits: %v, and %v for ten times the input", few, many)
			}
			t.Logf("%d bytes: %v", len(data), limited)
			slowest = max(slowest, limited)
			if many > tooShort {
				steepest = max(steepest, float64(many)/float64(few))
			}
		})
	}
	told := "ten times the input is too quick to be told from a tenth"
	if steepest > 0 {
		told = fmt.Sprintf("ten times the input took %.0f times as long at most", steepest)
	}
	t.Attr("figure", fmt.Sprintf("%d kinds, each refused after %v at most; without limits %s", len(bombs), slowest, told))
}

// fastest returns the shortest time of some runs and the error of the last.
func fastest(runs int, l protocol.Limits, data []byte, decode func(protocol.Limits, []byte) error) (best time.Duration, err error) {
	best = math.MaxInt64
	for range runs {
		start := processorTime()
		err = decode(l, data)
		best = min(best, processorTime()-start)
	}
	return best, err
}

// TestKnownWords decodes each event and type that has a constant, and words close
// to them.
func TestKnownWords(t *testing.T) {
	for _, event := range []string{
		protocol.EventHeartbeat, protocol.EventJoin, protocol.EventLeave, protocol.EventEvent, protocol.EventLivePatch,
		protocol.EventAllowUpload, protocol.EventProgress, protocol.EventChunk, protocol.EventCIDsWillDestroy,
		protocol.EventCIDsDestroyed, "", "Event", "events",
	} {
		f, err := protocol.Limits{}.DecodeText([]byte(`["1","2","t","` + event + `",{}]`))
		if err != nil || f.Event != event || f.Topic != "t" {
			t.Errorf("DecodeText of event %q = %+v, %v", event, f, err)
		}
	}
	for _, typ := range []string{
		protocol.TypeClick, protocol.TypeForm, protocol.TypeKeydown, protocol.TypeKeyup, protocol.TypeFocus,
		protocol.TypeBlur, protocol.TypeHook, protocol.TypeJS, protocol.TypeRemove, "", "Click", "clicks",
	} {
		e, err := protocol.Limits{}.DecodeEvent([]byte(`{"type":"` + typ + `","event":"e"}`))
		if err != nil || e.Type != typ {
			t.Errorf("DecodeEvent of type %q = %+v, %v", typ, e, err)
		}
	}
}

// The head of a frame is read where the rest can't be, and as the whole frame is
// where it can.
func TestDecodeHead(t *testing.T) {
	want := protocol.Frame{JoinRef: "4", Ref: "8", Topic: "lv:a", Event: "event"}
	for in, payload := range map[string]string{
		`["4","8","lv:a","event",{"type":"form","event":"save","value":"a=`: `{"type":"form","event":"save","value":"a=`,
		`["4","8","lv:a","event",`:                               ``,
		` [ "4","8","lv:a","event" ,` + strings.Repeat("[", 100): strings.Repeat("[", 100),
	} {
		got, ok := protocol.Limits{}.DecodeHead([]byte(in))
		if rest := string(got.Payload); !ok || rest != payload {
			t.Errorf("DecodeHead(%s) has the payload %s, %v, want %s", in, rest, ok, payload)
		}
		if got.Payload = nil; !reflect.DeepEqual(got, want) {
			t.Errorf("DecodeHead(%s) = %+v, want %+v", in, got, want)
		}
	}
	for _, in := range []string{``, `{`, `["4"`, `["4","8","lv:a","event"`, `["4","8","lv:a","event"]`, `["x","8","lv:a","event",{}]`, `["4","8",7,"event",{}]`} {
		if got, ok := (protocol.Limits{}).DecodeHead([]byte(in)); ok {
			t.Errorf("DecodeHead(%s) = %+v, want none", in, got)
		}
	}
}

func TestDecodeEventHead(t *testing.T) {
	for in, want := range map[string]protocol.EventHead{
		`{"type":"form","event":"save","value":"a=`: {Type: "form", Name: "save"},
		`{"type":"hook","event":"o\u006bay","value`: {Type: "hook", Name: "okay"},
		`{"event":7,"type":null,"value":{}}`:        {},
		`{"value":"xxxx`:                            {},
		`{"type":"form","event":"sa`:                {Type: "form"},
		`{"type":"form","event":"pick","value":"\"uploads\":{\"a\":","uploads":{"phx-u":[{"ref":"0","na`: {Type: "form", Name: "pick", Upload: "phx-u"},
		`{"uploads":{`: {},
		``:             {},
		`[`:            {},
	} {
		if got := (protocol.Limits{}).DecodeEventHead([]byte(in)); got != want {
			t.Errorf("DecodeEventHead(%s) = %+v, want %+v", in, got, want)
		}
	}
}
