package protocol

import "strconv"

// Statuses of the answers to the requests of a client that has no WebSocket. They are said
// in the answer's JSON, whatever the status is by HTTP.
//
// Source: phoenix/assets/js/phoenix/longpoll.js.
const (
	PollMessages  = 200 // there are messages, or those that were sent have been taken in
	PollNothing   = 204 // nothing came while the poll waited; the client polls again
	PollForbidden = 403 // to a poll: the client closes its connection, as with the close code 1008
	PollGone      = 410 // to a poll: connected, if it came without a token, else connect again
	PollTooLarge  = 413 // to what was sent; the client connects again after this, and whatever else isn't 200
)

// AppendPollAnswer appends the answer to a poll, or to what was sent, whose messages are
// frames. The client sends token with what follows.
//
//	{"status":200,"token":"…","messages":["[\"4\",\"4\",…]"]}
//
// Source: status_token_messages_json in phoenix/lib/phoenix/transports/long_poll.ex.
func AppendPollAnswer(dst []byte, status int, token string, messages [][]byte) []byte {
	dst = strconv.AppendInt(append(dst, `{"status":`...), int64(status), 10)
	dst = AppendString(append(dst, `,"token":`...), token)
	dst = append(dst, `,"messages":[`...)
	for i, m := range messages {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = AppendString(dst, string(m))
	}
	return append(dst, `]}`...)
}
