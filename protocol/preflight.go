package protocol

import (
	"encoding/json"
	"strconv"
	"time"
)

// UploadReply answers allow_upload. The reply's status is always "ok", even if no file is
// allowed.
//
// Source: generate_preflight_response in phoenix_live_view/lib/phoenix_live_view/upload.ex.
type UploadReply struct {
	Ref    string // of the upload
	Config UploadConfig

	// Entries are the files allowed. A file that is in neither list is
	// cancelled by the client too.
	Entries []UploadGrant

	// Errors are the files refused. Rejected says how the client takes them:
	// false cancels those files, which is for uploads that start by themselves;
	// true cancels all files and the submit that waits for them.
	Errors   []UploadError
	Rejected bool

	// Diff is the change of the page that goes along, a JSON object; nil
	// leaves it out.
	Diff json.RawMessage
}

// UploadConfig is what the client must keep to.
type UploadConfig struct {
	MaxFileSize  int64         // bytes
	MaxEntries   int           // files at a time
	ChunkSize    int           // bytes of one [EventChunk]
	ChunkTimeout time.Duration // sent in milliseconds, rounded down
}

// UploadGrant allows one file.
type UploadGrant struct {
	Ref   string // of the entry
	Token string // what the client sends in its [UploadJoin]

	// External replaces Token for a file that goes elsewhere: a JSON object
	// with the member "uploader" naming the client's function for it.
	External json.RawMessage
}

// UploadError refuses one file.
type UploadError struct {
	Ref    string // of the entry, or of the upload
	Reason string // such as "too_large", "not_accepted" or "too_many_files"
}

// AppendJSON appends {"ref":…,"config":{…},"entries":{…},"errors":{…},"diff":{…}},
// or {"ref":…,"error":[…],"diff":{…}} if r is Rejected.
func (r UploadReply) AppendJSON(dst []byte) []byte {
	dst = append(dst, `{"ref":`...)
	dst = AppendString(dst, r.Ref)
	if r.Rejected {
		dst = append(dst, `,"error":[`...)
		for i, e := range r.Errors {
			dst = AppendString(append(appendComma(dst, i), '['), e.Ref)
			dst = append(AppendString(append(dst, ','), e.Reason), ']')
		}
		dst = append(dst, ']')
	} else {
		dst = r.Config.appendJSON(append(dst, `,"config":`...))
		dst = append(dst, `,"entries":{`...)
		for i, g := range r.Entries {
			dst = append(AppendString(appendComma(dst, i), g.Ref), ':')
			if g.External != nil {
				dst = append(dst, g.External...)
			} else {
				dst = AppendString(dst, g.Token)
			}
		}
		dst = append(dst, `},"errors":{`...)
		dst = appendErrors(dst, r.Errors)
		dst = append(dst, '}')
	}
	if r.Diff != nil {
		dst = append(append(dst, `,"diff":`...), r.Diff...)
	}
	return append(dst, '}')
}

// appendErrors appends the members "ref":["reason",…]. Errors of one ref
// that follow each other share a member.
func appendErrors(dst []byte, errs []UploadError) []byte {
	for i, e := range errs {
		if i > 0 && errs[i-1].Ref == e.Ref {
			dst = append(dst[:len(dst)-1], ',')
		} else {
			dst = append(AppendString(appendComma(dst, i), e.Ref), `:[`...)
		}
		dst = append(AppendString(dst, e.Reason), ']')
	}
	return dst
}

func (c UploadConfig) appendJSON(dst []byte) []byte {
	dst = append(dst, `{"max_file_size":`...)
	dst = strconv.AppendInt(dst, c.MaxFileSize, 10)
	dst = append(dst, `,"max_entries":`...)
	dst = strconv.AppendInt(dst, int64(c.MaxEntries), 10)
	dst = append(dst, `,"chunk_size":`...)
	dst = strconv.AppendInt(dst, int64(c.ChunkSize), 10)
	dst = append(dst, `,"chunk_timeout":`...)
	dst = strconv.AppendInt(dst, c.ChunkTimeout.Milliseconds(), 10)
	return append(dst, '}')
}

// AppendFileSizeLimit appends the response to a chunk beyond the size that the
// client declared, limit in bytes:
//
//	{"reason":"file_size_limit_exceeded","limit":12}
func AppendFileSizeLimit(dst []byte, limit int64) []byte {
	dst = append(dst, `{"reason":"`+ReasonFileSizeLimit+`","limit":`...)
	return append(strconv.AppendInt(dst, limit, 10), '}')
}

// appendComma separates element i from the one before it.
func appendComma(dst []byte, i int) []byte {
	if i > 0 {
		dst = append(dst, ',')
	}
	return dst
}
