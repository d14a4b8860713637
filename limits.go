package liveview

import "time"

// Limits that hold for every socket and view.
const (
	// MaxFrame is the largest text message accepted from a browser, in bytes;
	// a larger one closes the socket. It bounds the size of a form. Where a
	// view allows uploads it is four times that, for the names of many files.
	MaxFrame = 64 << 10

	// MaxChannels is how many views one socket may have joined at once.
	// Phoenix has the same limit (phoenix/lib/phoenix/socket.ex).
	MaxChannels = 100

	// MailboxSize is how many messages may wait for a view. A view that falls
	// further behind is ended, and its page joins again with a fresh state.
	MailboxSize = 256

	// JoinTimeout is how long a socket may stay open without a joined view.
	JoinTimeout = 15 * time.Second

	// IdleTimeout is how long a socket may stay silent. The client sends a
	// heartbeat every 30 seconds.
	IdleTimeout = 60 * time.Second

	// WriteTimeout is how long a browser may take to accept a message before
	// its socket is closed.
	WriteTimeout = 5 * time.Second
)

// maxFrameWithFiles is MaxFrame for a socket with uploads, in bytes: the client
// lists all files chosen, by name, with each change.
const maxFrameWithFiles = 4 * MaxFrame

// maxMoves is how many patches a view may ask for in a row, and how many live
// redirects a socket may follow without a page that stays.
const maxMoves = 20

// maxBadFrames is how many undecodable frames a socket may send. The official
// client sends none, so this is about not closing on the first.
const maxBadFrames = 10
