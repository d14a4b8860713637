package protocol

// Topics. Every frame names one.
const (
	// TopicPhoenix is the topic of the connection itself; only heartbeats use it.
	TopicPhoenix = "phoenix"

	// TopicView starts the topic of a view; the DOM id of its element follows.
	TopicView = "lv:"

	// TopicUpload starts the topic of one file upload; the entry's ref follows.
	TopicUpload = "lvu:"
)

// Events of the channel layer.
//
// Source: CHANNEL_EVENTS in phoenix/assets/js/phoenix/constants.js and
// heartbeat in phoenix/assets/js/phoenix/socket.js.
const (
	EventHeartbeat = "heartbeat" // client, every 30 s; wants an ok reply at once
	EventJoin      = "phx_join"
	EventLeave     = "phx_leave"
	EventReply     = "phx_reply"
	EventClose     = "phx_close" // server: the channel ended and is not to be joined again
	EventError     = "phx_error" // server: the channel crashed; the client joins again
)

// Events of LiveView.
//
// Source: the handle_info clauses of phoenix_live_view/lib/phoenix_live_view/channel.ex
// and upload_channel.ex; bindChannel in assets/js/phoenix_live_view/view.ts.
const (
	EventEvent           = "event"         // client: a click, a form, a hook's push
	EventDiff            = "diff"          // server: a change nobody asked for
	EventLivePatch       = "live_patch"    // both: the URL changes, the view stays
	EventLiveRedirect    = "live_redirect" // server: another view over the same connection
	EventRedirect        = "redirect"      // server: a full page load
	EventAllowUpload     = "allow_upload"  // client: asks for upload tokens
	EventProgress        = "progress"      // client: percentage of one upload
	EventChunk           = "chunk"         // client, binary: the next bytes of a file
	EventCIDsWillDestroy = "cids_will_destroy"
	EventCIDsDestroyed   = "cids_destroyed"
)

// internEvent returns the constant equal to b, which saves an allocation for
// each frame. It returns "" for an unknown event.
func internEvent(b []byte) string {
	switch string(b) {
	case EventEvent:
		return EventEvent
	case EventHeartbeat:
		return EventHeartbeat
	case EventJoin:
		return EventJoin
	case EventLeave:
		return EventLeave
	case EventLivePatch:
		return EventLivePatch
	case EventAllowUpload:
		return EventAllowUpload
	case EventProgress:
		return EventProgress
	case EventChunk:
		return EventChunk
	case EventCIDsWillDestroy:
		return EventCIDsWillDestroy
	case EventCIDsDestroyed:
		return EventCIDsDestroyed
	}
	return ""
}
