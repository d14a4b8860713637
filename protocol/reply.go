package protocol

import "strconv"

// Reasons of an error reply or of a phx_error. What the client does follows each.
//
// Source: onJoinError and onError in phoenix_live_view/assets/js/phoenix_live_view/view.ts;
// phoenix/lib/phoenix/socket.ex for [ReasonUnmatchedTopic], transport limits for
// [ReasonTooManyChannels], and phoenix_live_view/lib/phoenix_live_view/upload_channel.ex
// for those of uploads.
const (
	ReasonUnauthorized = "unauthorized" // join: loads the page at once
	ReasonStale        = "stale"        // join: loads the page at once
	ReasonReload       = "reload"       // join: loads the page for the status of [Reload]

	// The client counts these as failures: it reloads after some seconds, or
	// joins again if the view is a child.
	ReasonJoinCrashed     = "join crashed"
	ReasonParentRedirect  = "parent_redirect"
	ReasonUnmatchedTopic  = "unmatched topic"
	ReasonTooManyChannels = "too many channels joined"

	ReasonChannelCrash = "channel_crash" // phx_error: joins again after 1, 2, 5, then 10 s

	// Uploads: the entry fails.
	ReasonInvalidToken      = "invalid_token"
	ReasonAlreadyRegistered = "already_registered"
	ReasonDisallowed        = "disallowed"
	ReasonWriterError       = "writer_error"
	ReasonFileSizeLimit     = "file_size_limit_exceeded"
)

// AppendReply appends the answer to the message ref, with the status "ok" or
// "error". The response is a JSON value, usually an object; nil means {}. A
// joinRef or ref of "" is written as null.
//
//	["4","8","lv:phx-A1","phx_reply",{"status":"ok","response":{}}]
//
// A view must answer all that it is asked with "ok": after "error" the client
// keeps the element locked. Only joins and uploads may fail that way.
//
// Source: encode! in phoenix/lib/phoenix/socket/serializers/v2_json_serializer.ex,
// as for all frames.
func AppendReply(dst []byte, joinRef, ref, topic string, ok bool, response []byte) []byte {
	dst = AppendReplyHead(dst, joinRef, ref, topic, ok)
	dst = appendPayload(dst, response)
	return AppendReplyTail(dst)
}

// AppendReplyHead appends a reply up to its response. The caller appends that, one
// JSON value, and then calls [AppendReplyTail].
func AppendReplyHead(dst []byte, joinRef, ref, topic string, ok bool) []byte {
	dst = appendHeader(dst, joinRef, ref, topic, EventReply)
	if ok {
		return append(dst, `{"status":"ok","response":`...)
	}
	return append(dst, `{"status":"error","response":`...)
}

// AppendReplyTail ends what [AppendReplyHead] began.
func AppendReplyTail(dst []byte) []byte { return append(dst, `}]`...) }

// AppendPush appends a message that answers nothing. The payload is a JSON value,
// usually an object; nil means {}. The client drops a push with the joinRef of an
// earlier join; it accepts any with "".
//
//	["4",null,"lv:phx-A1","diff",{"0":"2"}]
func AppendPush(dst []byte, joinRef, topic, event string, payload []byte) []byte {
	dst = AppendPushHead(dst, joinRef, topic, event)
	dst = appendPayload(dst, payload)
	return AppendPushTail(dst)
}

// AppendPushHead appends a push up to its payload. The caller appends that, one
// JSON value, and then calls [AppendPushTail].
func AppendPushHead(dst []byte, joinRef, topic, event string) []byte {
	return appendHeader(dst, joinRef, "", topic, event)
}

// AppendPushTail ends what [AppendPushHead] began.
func AppendPushTail(dst []byte) []byte { return append(dst, ']') }

// AppendClose appends phx_close, whose ref repeats joinRef. The client does not
// join the topic again by itself.
//
//	["4","4","lv:phx-A1","phx_close",{}]
func AppendClose(dst []byte, joinRef, topic string) []byte {
	dst = appendHeader(dst, joinRef, joinRef, topic, EventClose)
	return append(dst, `{}]`...)
}

// AppendError appends phx_error, whose ref repeats joinRef. The client joins the
// topic again after a second or more.
//
//	["4","4","lv:phx-A1","phx_error",{"reason":"channel_crash"}]
func AppendError(dst []byte, joinRef, topic, reason string) []byte {
	dst = appendHeader(dst, joinRef, joinRef, topic, EventError)
	dst = AppendReason(dst, reason)
	return append(dst, ']')
}

// AppendReason appends {"reason":…}, the response of most error replies.
func AppendReason(dst []byte, reason string) []byte {
	return append(AppendString(append(dst, `{"reason":`...), reason), '}')
}

// AppendRefusal appends {"reason":…,"detail":…}, the response to a join that is
// refused. The official client does as reason says; detail is for whoever wonders
// why.
func AppendRefusal(dst []byte, reason, detail string) []byte {
	dst = AppendString(append(dst, `{"reason":`...), reason)
	return append(AppendString(append(dst, `,"detail":`...), detail), '}')
}

// Reload is the response to a join whose mount ended in an HTTP error. The client
// stores Token in the cookie __phoenix_reload_status__ for 60 seconds and
// loads the page, which then answers with Status.
//
// Source: onJoinError in phoenix_live_view/assets/js/phoenix_live_view/view.ts.
type Reload struct {
	Status int    // HTTP status, 400 to 499
	Token  string // signed by the server, holds Status
}

// AppendJSON appends {"reason":"reload","status":…,"token":…}.
func (r Reload) AppendJSON(dst []byte) []byte {
	dst = append(dst, `{"reason":"reload","status":`...)
	dst = strconv.AppendInt(dst, int64(r.Status), 10)
	dst = append(dst, `,"token":`...)
	return append(AppendString(dst, r.Token), '}')
}

// AppendCIDs appends {"cids":[…]}, the response to cids_destroyed. The list
// may be empty; the client needs one.
func AppendCIDs(dst []byte, cids []int) []byte {
	dst = append(dst, `{"cids":[`...)
	for i, cid := range cids {
		dst = strconv.AppendInt(appendComma(dst, i), int64(cid), 10)
	}
	return append(dst, `]}`...)
}

// appendHeader starts a frame and appends its first four elements.
func appendHeader(dst []byte, joinRef, ref, topic, event string) []byte {
	dst = appendRef(append(dst, '['), joinRef)
	dst = appendRef(append(dst, ','), ref)
	dst = AppendString(append(dst, ','), topic)
	dst = AppendString(append(dst, ','), event)
	return append(dst, ',')
}

// appendRef appends a ref, or null for "".
func appendRef(dst []byte, ref string) []byte {
	if ref == "" {
		return append(dst, `null`...)
	}
	return AppendString(dst, ref)
}

// appendPayload appends a JSON value, {} for nil.
func appendPayload(dst, value []byte) []byte {
	if value == nil {
		return append(dst, `{}`...)
	}
	return append(dst, value...)
}
