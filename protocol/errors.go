package protocol

import (
	"errors"
	"fmt"
)

// Errors returned by the decoders. Test for them with [errors.Is]; the message
// says what was wrong and, where there is one, at which byte offset.
var (
	// ErrMalformed means the bytes are not what the protocol asks for: broken
	// JSON or UTF-8, a missing member, a member of the wrong type.
	ErrMalformed = errors.New("protocol: malformed message")

	// ErrLimit means the bytes may be well formed, but exceed one of [Limits].
	// Decoding stops at the first excess.
	ErrLimit = errors.New("protocol: limit exceeded")
)

// wrongType returns the error for a member that is not of the JSON type wanted.
func wrongType(name, want string) error {
	return fmt.Errorf("%w: %s is not %s", ErrMalformed, name, want)
}
