// Package protocol turns the bytes of the Phoenix LiveView wire protocol into
// Go values and back. It speaks version 2 of the Phoenix channel serializer, as
// the npm clients phoenix 1.8 and phoenix_live_view 1.1 and 1.2 do.
//
// The package is pure: it does no I/O, starts no goroutine and keeps no state,
// so every function may be called concurrently.
//
// # Reading
//
// A WebSocket message becomes a [Frame] with [Limits.DecodeText] or
// [Limits.DecodeBinary]. Its Event says which decoder reads the payload:
//
//	phx_join on lv:…            [Limits.DecodeJoin]
//	phx_join on lvu:…           [Limits.DecodeUploadJoin]
//	event                       [Limits.DecodeEvent], then [Limits.DecodeForm] and
//	                            [Limits.DecodeMeta], or [Limits.DecodeValues]
//	live_patch                  [Limits.DecodeLivePatch]
//	allow_upload, progress      [Limits.DecodeAllowUpload], [Limits.DecodeProgress]
//	cids_will_destroy           [Limits.DecodeCIDs]
//	cids_destroyed              [Limits.DecodeCIDs]
//	chunk (binary)              none: the payload is file data
//
// What a client sends is never trusted. Every decoder checks the whole of its
// input, runs in linear time, and answers bad bytes with an error that wraps
// [ErrMalformed] or [ErrLimit]; none panics. Unknown members of an object are
// ignored, the last of several members with one name counts, and half a
// surrogate pair reads as U+FFFD, as in encoding/json. Unlike encoding/json,
// names are matched exactly and invalid UTF-8 is refused.
//
// # Writing
//
// The Append functions add one frame, or one JSON value inside it, to a byte
// slice and return the longer slice. They cannot fail. A large response is built in
// place between [AppendReplyHead] and [AppendReplyTail], without a copy.
//
// # Promises
//
// Anybody may import it: for a client, a load generator, a proxy that looks at frames,
// a test. It depends on the standard library alone. It follows Semantic Versioning with
// the module it is part of: what is exported stays as it is within a major version,
// but for limits, which may be lowered where bad input costs more than it should, and
// the texts of errors. The wire itself is Phoenix's to change. A minor version may
// therefore come to read and write newer clients' messages, by new functions, fields and
// constants; what it reads and writes of the clients named above stays.
//
// What a server does with messages, and which of them a live page sends, is no part of
// it: that is package liveview, which has its own tokens in the fields that are opaque
// to clients (session, static, flash and upload tokens). Their content is promised to
// nobody.
//
// # Memory
//
// Fields of type []byte and [encoding/json.RawMessage] alias the input. They are
// valid for as long as the caller leaves the input alone. Strings are copies.
package protocol
