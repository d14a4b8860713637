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
	ReasonThrottled       = "throttled" // ours
	ReasonTooLarge        = "too large" // ours

	ReasonChannelCrash = "channel_crash" // phx_error: joins again after 1, 2, 5, then 10 s

	// Uploads: the entry fails.
	ReasonInvalidToken      = "invalid_token"
	ReasonAlreadyRegistered = "already_registered"
	ReasonDisallowed        = "disallowed"
	ReasonWriterError       = "writer_error"
	ReasonFileSizeLimit     = "file_size_limit_exceeded"
)

// AppendReason appends {"reason":…}, the response of most error replies.
func AppendReason(dst []byte, reason string) []byte {
	return append(AppendString(append(dst, `{"reason":`...), reason), '}')
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

// AppendRefusal appends {"reason":…,"detail":…}, the response to a join that is
// refused. The official client does as reason says; detail is for whoever wonders
// why.
func AppendRefusal(dst []byte, reason, detail string) []byte {
	dst = AppendString(append(dst, `{"reason":`...), reason)
	return append(AppendString(append(dst, `,"detail":`...), detail), '}')
}
