package protocol

import "strings"

// Version is the serializer version the client names in the vsn parameter of
// the WebSocket's URL.
//
// Source: DEFAULT_VSN in phoenix/assets/js/phoenix/constants.js.
const Version = "2.0.0"

// AcceptsVersion reports whether this package speaks the serializer version
// vsn, which holds for 2.0.0 and every later 2.0.x. The first version used JSON
// objects for frames and is not supported.
//
// Source: the serializer requirement "~> 2.0.0" in phoenix/lib/phoenix/transports/websocket.ex.
func AcceptsVersion(vsn string) bool {
	patch, ok := strings.CutPrefix(vsn, "2.0.")
	return ok && len(patch) <= 9 && isDigits(patch)
}

// isDigits reports whether s is one or more ASCII digits.
func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
