package liveview

import "github.com/gin-liveview/liveview/internal/engine"

// AnyLive is a [Live] of any state and props.
type AnyLive interface{ liveKind() engine.LiveKind }

// PageSocket is a [Socket] of any state: of a view or a live component.
type PageSocket interface {
	// postLive sends the live component of a kind with that id a
	// func(liveComponent) error.
	postLive(kind engine.LiveKind, id uint64, do any) error
}
