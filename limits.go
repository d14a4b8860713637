package liveview

import "time"

// What the limits of [Config] mean by zero.
const (
	defaultMaxFrame             = 1 << 20
	defaultMaxChannels          = 100
	defaultMailboxSize          = 256
	minMailboxSize              = 8
	defaultMaxWaiting           = 1 << 20
	defaultJoinTimeout          = 15 * time.Second
	defaultIdleTimeout          = 60 * time.Second
	defaultWriteTimeout         = 5 * time.Second
	defaultLongPollFallback     = 2500 * time.Millisecond
	defaultEventRate            = 50
	defaultJoinRate             = 10
	defaultMaxMounts            = 256
	defaultMaxKept              = 10_000
	defaultMaxKeptBytes         = 256 << 20
	defaultMaxKeptPerBrowser    = 20
	defaultMaxKeptPerAddress    = 1000
	defaultMaxStateBytes        = 256 << 10
	defaultStoreTime            = 24 * time.Hour
	defaultMaxLoads             = 16
	defaultMaxSocketsPerUser    = 100
	defaultMaxSocketsPerAddress = 1000
	defaultMaxUploadBytes       = 1 << 30
	defaultMaxBrowserUploads    = 250
	defaultDrainTime            = 25 * time.Second
)

// maxMoves is how many patches a view may ask for in a row, and how many live
// redirects a socket may follow without a page that stays.
const maxMoves = 20

// maxBadFrames is how many undecodable frames a socket may send. The official
// client sends none, so this is about not closing on the first.
const maxBadFrames = 10

const (
	// maxUnprovenFrame is the largest frame of a socket that no page of ours
	// has opened, as far as we know, in bytes.
	maxUnprovenFrame = 64 << 10

	// drainFrames is how much of a message is read that is too large to be handled,
	// as a multiple of Config.MaxFrame, so that it can be answered.
	drainFrames = 16

	// drainInflated is drainFrames where messages may be compressed: a thousandth of
	// it is what it costs the client.
	drainInflated = 8

	// bytesPerFile is what a file takes at least, once all that are chosen are
	// listed in one message, with names of some length.
	bytesPerFile = 256

	// holdBack is how long a client that sends too much is held back, before
	// what it sends is refused. Its heartbeat, every 30 seconds and queued
	// behind the rest, has to be answered within another 30.
	holdBack = 10 * time.Second

	// refusalsPerEvent is how many frames are refused, as a multiple of the
	// events that a client may send, before its socket is closed.
	refusalsPerEvent = 10

	// messageCost is what a message that waits takes besides its payload, in
	// bytes.
	messageCost = 128
)

// sealedFor is how long a state may be given back that a page brings along itself.
const sealedFor = 5 * time.Minute
