package protocol

import "math"

// Defaults of [Limits].
const (
	defaultMaxDepth = 32
	defaultMaxTopic = 255
	defaultMaxValue = 1 << 20
)

// What MaxKeys means by zero: a key for each bytesPerKey of MaxValue, and leastKeys
// at least. Keys take memory that their bytes don't pay for, a hundred bytes each
// or so; and no form or list that people fill in has shorter ones on average.
const (
	bytesPerKey = 16
	leastKeys   = 1000
)

// maxContainers is how many times MaxKeys a whole message may hold. It leaves
// room for a form that announces MaxKeys files, about eight members each.
const maxContainers = 10

// Limits bounds what the decoders accept. The zero value is ready for
// production; a field that is zero or negative means its default. Anything
// beyond a limit gives an error wrapping [ErrLimit].
//
// The size of a whole frame is not here: it is the WebSocket's read limit.
type Limits struct {
	// MaxDepth is the nesting of JSON values; the frame's own array is the
	// first level. It also bounds the brackets in the name of a form field.
	// Zero means 32.
	MaxDepth int

	// MaxKeys is the number of members of one object, elements of one array or
	// fields of one form. A whole message may hold ten times as many members
	// and elements. Zero means one for each 16 bytes of MaxValue, and 1,000 at
	// least.
	MaxKeys int

	// MaxTopic is the length of a frame's topic, and of its event, in bytes.
	// Zero means 255.
	MaxTopic int

	// MaxValue is the length of one JSON string in bytes as sent, that is
	// with its escapes and without its quotes. A form arrives as one string,
	// so this also bounds the urlencoded body and every value in it.
	// Zero means 1 MiB.
	MaxValue int
}

// withDefaults returns l with its unset fields filled in.
func (l Limits) withDefaults() Limits {
	if l.MaxDepth <= 0 {
		l.MaxDepth = defaultMaxDepth
	}
	if l.MaxTopic <= 0 {
		l.MaxTopic = defaultMaxTopic
	}
	if l.MaxValue <= 0 {
		l.MaxValue = defaultMaxValue
	}
	if l.MaxKeys <= 0 {
		l.MaxKeys = max(l.MaxValue/bytesPerKey, leastKeys)
	}
	return l
}

// maxElements is the number of members and elements one message may hold.
func (l Limits) maxElements() int {
	if l.MaxKeys > math.MaxInt/maxContainers {
		return math.MaxInt
	}
	return l.MaxKeys * maxContainers
}
