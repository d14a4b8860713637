package liveview

import (
	"encoding/json"
	"errors"

	"github.com/gin-liveview/liveview/protocol"
)

// What the client and the transfers tell a view's channel about its uploads.
// All of this runs in the channel's run.

// uploadNotice is something that happened to a file.
type uploadNotice struct {
	kind     noticeKind
	transfer *transfer
	reason   UploadError // noticeEnded: "" if nothing went wrong
	ref      string      // noticeWritten: the chunk's push
}

type noticeKind uint8

const (
	noticeWritten noticeKind = iota // a chunk is to be answered
	noticeEnded                     // a transfer is over, and its file gone
)

// chosen takes in what the client says of its inputs with each change of a form.
// Refs of uploads that aren't there any more are passed over.
func (s *socketBase) chosen(files map[string][]protocol.UploadEntry) {
	for ref, entries := range files {
		if u := s.uploadByRef(ref); u != nil {
			u.add(entries)
		}
	}
}

// allowUpload answers the client that is about to send files.
//
// Source: handle_info for "allow_upload" in phoenix_live_view/lib/phoenix_live_view/channel.ex
// and generate_preflight_response in upload.ex.
func (ch *channel) allowUpload(m message) error {
	p, err := protocol.Limits{}.DecodeAllowUpload(m.payload)
	if err != nil {
		return err
	}
	reply := protocol.UploadReply{Ref: p.Ref}
	s := ch.view.base()
	if u := s.uploadByRef(p.Ref); u == nil {
		reply.Rejected = true
		reply.Errors = []protocol.UploadError{{Ref: p.Ref, Reason: string(uploadNotAllowed)}}
	} else if err := u.preflight(ch, p.Entries, &reply); err != nil {
		return err
	}
	buf := getBuffer()
	defer putBuffer(buf)
	diff := append(buf.b, '{')
	diff, err = ch.appendDiff(diff, s)
	buf.b = diff
	if err != nil {
		return err
	}
	if len(diff) > 1 {
		reply.Diff = append(diff, '}')
		buf.b = reply.Diff
	}
	ch.reply(m.ref, reply.AppendJSON(nil))
	if err := ch.afterRender(); err != nil || s.move == nil {
		return err
	}
	return ch.flush("") // External sends the visitor somewhere else
}

// preflight decides on files that the client wants to send. In an upload that
// waits for the form's submit, one that is refused refuses all.
func (u *Upload) preflight(ch *channel, files []protocol.UploadEntry, reply *protocol.UploadReply) error {
	u.add(files)
	asked := make(map[string]bool, len(files))
	for _, f := range files {
		asked[f.Ref] = true
	}
	active := u.active()
	if !u.config.AutoUpload {
		if u.tooMany() {
			reply.Errors = append(reply.Errors, protocol.UploadError{Ref: u.ref, Reason: string(UploadTooManyFiles)})
		}
		for _, item := range active {
			reply.Errors = appendErrors(reply.Errors, item)
		}
		if len(reply.Errors) > 0 {
			reply.Rejected = true
			return nil
		}
	}
	reply.Config = u.wireConfig()
	var granted []*uploadItem
	for i, item := range active {
		if i >= u.config.MaxEntries {
			break
		}
		if !asked[item.Ref] || item.preflighted {
			continue
		}
		grant, err := u.grant(ch, item)
		if err != nil {
			return err
		}
		if len(item.Errors) > 0 {
			reply.Errors = appendErrors(reply.Errors, item)
			if u.config.AutoUpload {
				continue
			}
			// The client will ask again for those granted so far.
			for _, other := range granted {
				other.preflighted = false
				if other.transfer != nil {
					other.transfer.stop(stopCancelled)
					other.transfer = nil
				}
			}
			reply.Rejected, reply.Entries = true, nil
			return nil
		}
		item.preflighted = true
		granted = append(granted, item)
		reply.Entries = append(reply.Entries, grant)
	}
	return nil
}

// grant allows a valid file to be sent; item then has an error if that can't be.
func (u *Upload) grant(ch *channel, item *uploadItem) (protocol.UploadGrant, error) {
	grant := protocol.UploadGrant{Ref: item.Ref}
	u.socket.dirty = true
	switch {
	case !item.Valid:
	case u.config.External != nil:
		var meta map[string]any
		err := guard("External", func() (err error) { meta, err = u.config.External(item.snapshot()); return err })
		if ce := (*callbackError)(nil); errors.As(err, &ce) {
			return grant, err // a panic ends the view, as in any callback
		}
		if name, _ := meta["uploader"].(string); err == nil && name == "" {
			err = errors.New(`what UploadConfig.External returns must name the client's uploader, as in {"uploader": "S3"}`)
		}
		if err == nil {
			grant.External, err = json.Marshal(meta)
		}
		if err != nil {
			ch.transport.endpoint.config.Logger.Error("liveview: an external upload was refused", "err", err, "upload", u.name, "view", u.socket.route.name)
			item.fail(UploadExternalFailed)
			return grant, nil
		}
		item.Meta = meta
	default:
		if !ch.transport.endpoint.uploads.budget.reserve(item.Size) {
			ch.transport.endpoint.config.Logger.Warn("liveview: an upload was refused: Config.MaxUploadBytes are under way already",
				"upload", u.name, "view", u.socket.route.name, "bytes", item.Size)
			item.fail(UploadBusy)
			return grant, nil
		}
		item.transfer = newTransfer(ch, u, item)
		grant.Token = ch.transport.endpoint.signer.signUpload(uploadToken{
			view: u.socket.id, browser: ch.transport.browser, upload: u.ref, entry: item.Ref, nonce: item.transfer.nonce,
		})
	}
	return grant, nil
}

func appendErrors(errs []protocol.UploadError, item *uploadItem) []protocol.UploadError {
	for _, reason := range item.Errors {
		errs = append(errs, protocol.UploadError{Ref: item.Ref, Reason: string(reason)})
	}
	return errs
}

// uploadProgress takes in how far the client says it is. Of a file that comes
// here, the bytes that arrived say it.
func (ch *channel) uploadProgress(m message) error {
	p, err := protocol.Limits{}.DecodeProgress(m.payload)
	if err != nil {
		return err
	}
	if u := ch.view.base().uploadByRef(p.Ref); u != nil {
		if item := u.item(p.EntryRef); item != nil && u.progress(item, p) {
			if err := u.report(item); err != nil {
				return err
			}
		}
	}
	return ch.flush(m.ref)
}

// progress reports whether the entry has come further, or failed.
func (u *Upload) progress(item *uploadItem, p protocol.Progress) bool {
	external := u.config.External != nil
	switch {
	case item.Cancelled || item.Done || !item.preflighted:
		return false
	case p.Error != "":
		// Of other files the server knows better what went wrong.
		if external {
			item.fail(UploadExternalFailed)
		}
		u.socket.dirty = true
		return external
	case external:
		item.Progress = p.Progress
		item.Done = p.Progress == 100
	case item.transfer == nil || !item.Valid:
		return false
	default:
		item.Progress = min(p.Progress, item.transfer.progress())
		if item.Done = item.Progress == 100; item.Done {
			item.transfer.settled()
			if item.transfer.kind != "" {
				item.Type = item.transfer.kind
			}
			if u.config.Writer != nil {
				item.Meta = item.transfer.writer
			}
		}
	}
	u.socket.dirty = true
	return true
}

// report calls the application's Progress.
func (u *Upload) report(item *uploadItem) error {
	if u.config.Progress == nil {
		return nil
	}
	return guard("Progress", func() error { return u.config.Progress(item.snapshot()) })
}

// handleUpload acts on a notice.
func (ch *channel) handleUpload(n uploadNotice) error {
	if n.kind == noticeWritten {
		n.transfer.acknowledge(n.ref)
		return nil
	}
	if ch.view == nil {
		return nil
	}
	for _, u := range ch.view.base().uploads {
		for _, item := range u.entries {
			if item.transfer != n.transfer {
				continue
			}
			switch {
			case item.Cancelled || n.reason == "":
				u.drop(item)
			case !item.Done: // or it was, by now, complete after all
				item.transfer.release()
				item.fail(n.reason)
				u.socket.dirty = true
				if err := u.report(item); err != nil {
					return err
				}
			}
			return ch.flush("")
		}
	}
	return nil
}

// comfortableMailbox is how many messages may wait for a view before its uploads
// slow down. Each file then has at most two more on the way: a chunk to be
// answered, and the client's progress.
const comfortableMailbox = MailboxSize / 8

// behind reports whether the view should be spared.
func (ch *channel) behind() bool {
	ch.mu.Lock()
	defer ch.mu.Unlock()
	return len(ch.mailbox) > comfortableMailbox
}
