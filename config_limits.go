package liveview

import (
	"math"

	"github.com/gin-liveview/liveview/internal/limit"
	"github.com/gin-liveview/liveview/internal/wire"
	"github.com/gin-liveview/liveview/protocol"
)

// This file has what the settings of a complete Config come to for those who go by
// them.

// rates returns how often a socket may send events, join, and be refused.
func (c *Config) rates() (events, joins, refusals limit.Rate) {
	burst := int(math.Ceil(2 * c.EventRate))
	events = limit.Rate{PerSecond: c.EventRate, Burst: burst}
	joins = limit.Rate{PerSecond: c.JoinRate, Burst: max(c.MaxChannels, int(math.Ceil(c.JoinRate)))}
	refusals = limit.Rate{PerSecond: c.EventRate, Burst: refusalsPerEvent * burst}
	if c.EventRate < 0 {
		refusals = limit.Rate{PerSecond: defaultEventRate, Burst: refusalsPerEvent * 2 * defaultEventRate}
	}
	return events, joins, refusals
}

// freeFrames returns how many frames a second are so well within both rates that
// a socket which sends no more needs no throttle.
func (c *Config) freeFrames() float64 {
	least := 5.0 // and no more, however high the rates are
	for _, rate := range []float64{c.EventRate, c.JoinRate} {
		if rate > 0 {
			least = min(least, rate/2)
		}
	}
	return least
}

// wireLimits returns those of a socket that a page of ours has opened, and of one
// that is nobody's.
func (c *Config) wireLimits() (proven, unproven wire.Limits) {
	proven = wire.Limits{
		Text: c.MaxFrame, Drain: drainFrames * c.MaxFrame,
		Join: c.JoinTimeout, Idle: c.IdleTimeout, Write: c.WriteTimeout,
	}
	unproven = proven
	unproven.Text = min(unproven.Text, maxUnprovenFrame)
	unproven.Drain = unproven.Text
	return proven, unproven
}

// deflating returns the limits of a socket with those, once its messages are compressed.
func deflating(plain wire.Limits, deflater *wire.Deflater) wire.Limits {
	plain.Drain = min(plain.Drain, drainInflated*plain.Text)
	plain.Deflater = deflater
	return plain
}

// decoding returns the limits of what is in a frame. A form arrives as one
// string, so that its size is the frame's affair; and how many fields and members
// there may be follows from it.
func (c *Config) decoding() protocol.Limits {
	return protocol.Limits{MaxValue: c.MaxFrame, MaxKeys: c.maxFields()}
}

// maxFields returns how many fields a form may have, and members an object and
// elements an array: one for so many bytes of MaxFrame. They take memory that their
// bytes don't pay for, a hundred bytes each or so, and no form that people fill in has
// shorter ones on average; but a small one may.
func (c *Config) maxFields() int {
	const bytesPerField, least = 16, 1000
	return max(c.MaxFrame/bytesPerField, least)
}

// bytesPerEvent is for how many bytes a message counts as one; of a larger MaxFrame
// it is a part, so that no message counts as more than 32.
const bytesPerEvent = 32 << 10

// extraEvents returns as how many messages more one with this payload counts.
func (c *Config) extraEvents(payload []byte) int {
	return len(payload) / max(bytesPerEvent, c.MaxFrame/32)
}

// filesAtOnce returns how many files a message has room for.
func (c *Config) filesAtOnce() int { return c.MaxFrame / bytesPerFile }

// comfortable is how many messages may wait for a view before its uploads slow
// down. Each file then has at most two more on the way: a chunk to be answered,
// and the client's progress.
func (c *Config) comfortable() int { return c.MailboxSize / 8 }

// maxNotices is how many notices of uploads may wait for a view besides MailboxSize
// messages: of each file that a chunk was written, and that it is over.
func (c *Config) maxNotices() int { return 2 * c.filesAtOnce() }

// eventRoom is how many messages may wait for a view before its client's events
// have to. Infos then still have room: nobody can end a view by events.
func (c *Config) eventRoom() int { return max(c.MailboxSize/2, 1) }
