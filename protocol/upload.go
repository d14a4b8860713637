package protocol

import (
	"encoding/json"
	"fmt"
	"strconv"
)

// UploadEntry describes a file that the user selected. All of it but Ref is what
// the browser says about the file, and may be untrue.
//
// Source: toPreflightPayload in phoenix_live_view/assets/js/phoenix_live_view/upload_entry.js
// and serializeUploads in live_uploader.js.
type UploadEntry struct {
	Ref          string          // the client's number for the file, unique on the page
	Name         string          // file name without a path; "" only if the client sent that
	Type         string          // media type, "" if the browser knows none
	RelativePath string          // path below the folder selected, "" for single files
	Path         string          // name attribute of the input; only in [Event.Uploads]
	Size         int64           // bytes, never negative
	LastModified int64           // milliseconds since 1970, 0 if unknown
	Meta         json.RawMessage // what the app attached to the file; nil if nothing
}

// uploads decodes the member uploads of an event: lists of entries by upload ref.
func (l Limits) uploads(data []byte) (map[string][]UploadEntry, error) {
	lists, err := l.members("uploads", data)
	if err != nil || len(lists) == 0 {
		return nil, err
	}
	uploads := make(map[string][]UploadEntry, len(lists))
	for ref, list := range lists {
		if uploads[ref], err = l.entries(list); err != nil {
			return nil, err
		}
	}
	return uploads, nil
}

// entries decodes a list of files.
func (l Limits) entries(data []byte) ([]UploadEntry, error) {
	entries := []UploadEntry{}
	err := l.array("upload entries", data, func(value []byte) error {
		entry, err := l.entry(value)
		entries = append(entries, entry)
		return err
	})
	if err != nil {
		return nil, err
	}
	return entries, nil
}

// entry decodes one file. Its ref, name and size must be there.
func (l Limits) entry(data []byte) (UploadEntry, error) {
	var ref, name, typ, relative, path, size, modified, meta []byte
	err := l.object("upload entry", data, func(key, value []byte) error {
		switch string(key) {
		case "ref":
			ref = value
		case "name":
			name = value
		case "type":
			typ = value
		case "relative_path":
			relative = value
		case "path":
			path = value
		case "size":
			size = value
		case "last_modified":
			modified = value
		case "meta":
			meta = value
		}
		return nil
	})
	if err != nil {
		return UploadEntry{}, err
	}

	e := UploadEntry{}
	if !isNull(meta) {
		e.Meta = meta
	}
	if e.Ref, err = requiredText("upload entry ref", ref); err != nil {
		return UploadEntry{}, err
	}
	if e.Name, err = requiredText("upload entry name", name); err != nil {
		return UploadEntry{}, err
	}
	if e.Type, err = textMember("upload entry type", typ); err != nil {
		return UploadEntry{}, err
	}
	if e.RelativePath, err = textMember("upload entry relative_path", relative); err != nil {
		return UploadEntry{}, err
	}
	if e.Path, err = textMember("upload entry path", path); err != nil {
		return UploadEntry{}, err
	}
	if e.Size, err = strconv.ParseInt(string(size), 10, 64); err != nil || e.Size < 0 {
		return UploadEntry{}, wrongType("upload entry size", "a number of bytes")
	}
	if !isNull(modified) {
		if e.LastModified, err = strconv.ParseInt(string(modified), 10, 64); err != nil {
			return UploadEntry{}, wrongType("upload entry last_modified", "an integer")
		}
	}
	return e, nil
}

// EmptyFiles is the value of [EventEmptyFiles]. Its entries have no refs.
type EmptyFiles struct {
	Ref     string // of the upload
	Entries []UploadEntry
}

// DecodeEmptyFiles decodes the value of [EventEmptyFiles]:
//
//	{"ref":"phx-U1","names":["a.txt"]}
func (l Limits) DecodeEmptyFiles(value json.RawMessage) (EmptyFiles, error) {
	l = l.withDefaults()
	var ref, names []byte
	err := l.object("empty files", value, func(name, value []byte) error {
		switch string(name) {
		case "ref":
			ref = value
		case "names":
			names = value
		}
		return nil
	})
	if err != nil {
		return EmptyFiles{}, err
	}
	var e EmptyFiles
	if e.Ref, err = requiredText("upload ref", ref); err != nil {
		return EmptyFiles{}, err
	}
	err = l.array("names of empty files", names, func(value []byte) error {
		name, err := requiredText("name of an empty file", value)
		e.Entries = append(e.Entries, UploadEntry{Name: name})
		return err
	})
	if err != nil {
		return EmptyFiles{}, err
	}
	return e, nil
}

// DecodeFilesLost decodes the value of [EventFilesLost], which is the names of file inputs:
//
//	{"names":["photos"]}
func (l Limits) DecodeFilesLost(value json.RawMessage) (inputs []string, err error) {
	l = l.withDefaults()
	var names []byte
	if err := l.object("lost files", value, func(name, value []byte) error {
		if string(name) == "names" {
			names = value
		}
		return nil
	}); err != nil {
		return nil, err
	}
	err = l.array("names of lost files' inputs", names, func(value []byte) error {
		name, err := requiredText("name of a file input", value)
		inputs = append(inputs, name)
		return err
	})
	return inputs, err
}

// AllowUpload is the payload of allow_upload: the client is about to send files
// and asks which it may.
type AllowUpload struct {
	Ref     string // of the upload
	CID     int    // the live component it belongs to; 0 means the view
	Entries []UploadEntry
}

// DecodeAllowUpload decodes the payload of allow_upload:
//
//	{"ref":"phx-U1","entries":[{"ref":"0","name":"a.txt","size":12,"type":"text/plain"}],"cid":2}
func (l Limits) DecodeAllowUpload(payload []byte) (AllowUpload, error) {
	l = l.withDefaults()
	var ref, cid, entries []byte
	err := l.object("allow_upload", payload, func(name, value []byte) error {
		switch string(name) {
		case "ref":
			ref = value
		case "cid":
			cid = value
		case "entries":
			entries = value
		}
		return nil
	})
	if err != nil {
		return AllowUpload{}, err
	}

	var a AllowUpload
	if a.Ref, err = requiredText("upload ref", ref); err != nil {
		return AllowUpload{}, err
	}
	if a.CID, err = cidMember(cid); err != nil {
		return AllowUpload{}, err
	}
	if entries == nil {
		return AllowUpload{}, fmt.Errorf("%w: upload entries are missing", ErrMalformed)
	}
	if a.Entries, err = l.entries(entries); err != nil {
		return AllowUpload{}, err
	}
	return a, nil
}

// Progress is the payload of progress: how much of a file the server has
// acknowledged, or that the upload failed.
//
// Source: pushFileProgress in phoenix_live_view/assets/js/phoenix_live_view/view.ts.
type Progress struct {
	Event    string // the input's phx-progress; "" when null
	Ref      string // of the upload
	EntryRef string
	CID      int    // the live component it belongs to; 0 means the view
	Progress int    // percent, 0 to 100
	Error    string // why the upload failed; "" if it did not, and then Progress counts
}

// DecodeProgress decodes the payload of progress:
//
//	{"event":null,"ref":"phx-U1","entry_ref":"0","progress":41}
//
// An upload that failed has {"error":"reason"} for its progress. A reason that is
// not a string is kept as JSON; one that is empty, null or missing reads "failed".
func (l Limits) DecodeProgress(payload []byte) (Progress, error) {
	l = l.withDefaults()
	var event, ref, entryRef, cid, progress []byte
	err := l.object("progress", payload, func(name, value []byte) error {
		switch string(name) {
		case "event":
			event = value
		case "ref":
			ref = value
		case "entry_ref":
			entryRef = value
		case "cid":
			cid = value
		case "progress":
			progress = value
		}
		return nil
	})
	if err != nil {
		return Progress{}, err
	}

	var p Progress
	if p.Event, err = textMember("event", event); err != nil {
		return Progress{}, err
	}
	if p.Ref, err = requiredText("ref", ref); err != nil {
		return Progress{}, err
	}
	if p.EntryRef, err = requiredText("entry_ref", entryRef); err != nil {
		return Progress{}, err
	}
	if p.CID, err = cidMember(cid); err != nil {
		return Progress{}, err
	}
	if len(progress) > 0 && progress[0] == '{' {
		if p.Error, err = l.failure(progress); err != nil {
			return Progress{}, err
		}
		return p, nil
	}
	if p.Progress, err = strconv.Atoi(string(progress)); err != nil || p.Progress < 0 || p.Progress > 100 {
		return Progress{}, wrongType("progress", "0 to 100, or an object")
	}
	return p, nil
}

// failure returns the reason in {"error":"reason"}. It is never empty.
func (l Limits) failure(data []byte) (string, error) {
	const noReason = "failed" // the client's own default
	reason := noReason
	err := l.object("progress", data, func(name, value []byte) error {
		if string(name) != "error" {
			return nil
		}
		switch {
		case isNull(value), string(value) == `""`:
			reason = noReason
		case value[0] == '"':
			reason = unquote(value)
		default:
			reason = string(value)
		}
		return nil
	})
	return reason, err
}

// UploadJoin is the payload of phx_join on a topic that starts with [TopicUpload].
type UploadJoin struct {
	Token string // what the reply to allow_upload gave for the entry
}

// DecodeUploadJoin decodes the payload of phx_join on the topic of an upload:
//
//	{"token":"…"}
func (l Limits) DecodeUploadJoin(payload []byte) (UploadJoin, error) {
	token, err := l.withDefaults().onlyText(payload, "token")
	return UploadJoin{Token: token}, err
}
