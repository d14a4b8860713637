package protocol_test

import (
	"fmt"

	"github.com/gin-liveview/liveview/protocol"
)

// A click arrives, and the answer changes the page.
func Example() {
	var lim protocol.Limits // the defaults

	f, err := lim.DecodeText([]byte(`["4","8","lv:phx-A1","event",{"type":"click","event":"inc","value":{"by":"2"}}]`))
	if err != nil {
		fmt.Println(err)
		return
	}
	e, err := lim.DecodeEvent(f.Payload)
	if err != nil {
		fmt.Println(err)
		return
	}
	values, err := lim.DecodeValues(e.Value)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s %s by %s\n", f.Topic, e.Name, values["by"])

	reply := protocol.AppendReply(nil, f.JoinRef, f.Ref, f.Topic, true, []byte(`{"diff":{"0":"2"}}`))
	fmt.Printf("%s\n", reply)
	// Output:
	// lv:phx-A1 inc by "2"
	// ["4","8","lv:phx-A1","phx_reply",{"status":"ok","response":{"diff":{"0":"2"}}}]
}

func ExampleLimits_DecodeText() {
	f, err := protocol.Limits{}.DecodeText([]byte(`[null,"8","phoenix","heartbeat",{}]`))
	fmt.Printf("%q %q %s %s %s %v\n", f.JoinRef, f.Ref, f.Topic, f.Event, f.Payload, err)

	_, err = protocol.Limits{}.DecodeText([]byte(`[null,"8","phoenix","heartbeat"]`))
	fmt.Println(err)
	// Output:
	// "" "8" phoenix heartbeat {} <nil>
	// protocol: malformed message: offset 31: "]", want an array of 5 elements
}

func ExampleLimits_DecodeBinary() {
	f, err := protocol.Limits{}.DecodeBinary([]byte("\x00\x02\x02\x05\x051213lvu:0chunkhello"))
	fmt.Printf("%s %s %s %s %q %v\n", f.JoinRef, f.Ref, f.Topic, f.Event, f.Payload, err)
	// Output: 12 13 lvu:0 chunk "hello" <nil>
}

func ExampleLimits_DecodeJoin() {
	j, err := protocol.Limits{}.DecodeJoin([]byte(
		`{"url":"http://h/","params":{"_csrf_token":"tok","_mounts":1},"session":"SESS","static":null,"sticky":false}`))
	fmt.Printf("%s %s %q %s %d %v\n", j.URL, j.Session, j.Static, j.Params["_csrf_token"], j.Mounts(), err)
	// Output: http://h/ SESS "" "tok" 1 <nil>
}

func ExampleLimits_DecodeForm() {
	form, err := protocol.Limits{}.DecodeForm([]byte(`"user%5Bname%5D=Ada+L&user%5B_unused_age%5D=&user%5Bage%5D=&tags[]=x&tags[]=y"`))
	fmt.Println(form.Values.Get("user[name]"), form.Values["tags[]"], form.Unused, err)
	// Output: Ada L [x y] map[user[age]:true] <nil>
}

func ExampleLimits_DecodeMeta() {
	meta, err := protocol.Limits{}.DecodeMeta([]byte(`{"_target":"user[name]","id":"7"}`))
	fmt.Printf("%q %s %v\n", protocol.TargetPath(meta.Target), meta.Values["id"], err)
	// Output: ["user" "name"] "7" <nil>
}

func ExampleAppendReplyHead() {
	frame := protocol.AppendReplyHead(nil, "4", "8", "lv:phx-A1", true)
	frame = append(frame, `{"diff":{"0":`...)
	frame = protocol.AppendString(frame, `<b class="odd">1</b>`)
	frame = append(frame, `}}`...)
	frame = protocol.AppendReplyTail(frame)
	fmt.Printf("%s\n", frame)
	// Output: ["4","8","lv:phx-A1","phx_reply",{"status":"ok","response":{"diff":{"0":"<b class=\"odd\">1</b>"}}}]
}

func ExampleAppendPush() {
	to := protocol.LivePatchPush{To: "/two?x=1", Kind: protocol.KindReplace}
	fmt.Printf("%s\n", protocol.AppendPush(nil, "4", "lv:phx-A1", protocol.EventLivePatch, to.AppendJSON(nil)))
	// Output: ["4",null,"lv:phx-A1","live_patch",{"to":"/two?x=1","kind":"replace"}]
}

func ExampleRedirect_AppendResponse() {
	r := protocol.Redirect{To: "/login", Flash: "FLASH"}
	fmt.Printf("%s\n", protocol.AppendReply(nil, "4", "4", "lv:phx-A1", false, r.AppendResponse(nil)))
	// Output: ["4","4","lv:phx-A1","phx_reply",{"status":"error","response":{"redirect":{"to":"/login","status":302,"flash":"FLASH"}}}]
}

func ExampleUploadReply_AppendJSON() {
	r := protocol.UploadReply{Ref: "phx-U1", Rejected: true, Errors: []protocol.UploadError{{Ref: "0", Reason: "too_large"}}}
	fmt.Printf("%s\n", r.AppendJSON(nil))
	// Output: {"ref":"phx-U1","error":[["0","too_large"]]}
}
