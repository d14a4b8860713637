package liveview

import (
	"encoding/json"
	"errors"
	"slices"
	"strconv"

	"github.com/gin-liveview/liveview/internal/bufpool"
	"github.com/gin-liveview/liveview/internal/rescue"
	"github.com/gin-liveview/liveview/protocol"
)

// filesChosen takes in what the client says of its inputs with each change of a form.
// Refs of uploads that aren't there any more are passed over.
func (p *page) filesChosen(files map[string][]protocol.UploadEntry) {
	for ref, entries := range files {
		if u := p.uploadByRef(ref); u != nil {
			u.add(entries)
		}
	}
}

// emptyFilesChosen takes in that empty files were chosen, which the official client
// drops without a word. They get refs that it never gives.
func (p *page) emptyFilesChosen(e protocol.EmptyFiles) {
	const first = 1_000_000_000_000_000 // and as many for each upload
	i := slices.IndexFunc(p.uploads(), func(u *Upload) bool { return u.ref == e.Ref && !u.disallowed })
	if i < 0 {
		return
	}
	u := p.uploads()[i]
	for j := range e.Entries {
		e.Entries[j].Ref = strconv.FormatInt(int64(i+1)*first+u.empties, 10)
		u.empties++
	}
	u.add(e.Entries)
}

// filesGone takes in that the page can't choose again what it had said it would, in the
// inputs of those names. Names of uploads that aren't there any more are passed over.
func (p *page) filesGone(names []string) {
	for _, u := range p.uploads() {
		if !u.disallowed && slices.Contains(names, u.name) {
			u.loseFiles()
			u.lost = true
		}
	}
}

// allowUpload answers the client that is about to send files.
//
// Source: handle_info for "allow_upload" in phoenix_live_view/lib/phoenix_live_view/channel.ex
// and generate_preflight_response in upload.ex.
func (ch *channel) allowUpload(m message) error {
	p, err := ch.peer.decode.DecodeAllowUpload(m.payload)
	if err != nil {
		return &badPushError{err}
	}
	reply := protocol.UploadReply{Ref: p.Ref}
	page := ch.view.page()
	u := page.uploadByRef(p.Ref)
	allowed := u != nil
	if allowed {
		if allowed, err = ch.mayUpload(m.ref, u); err != nil {
			return err
		}
		allowed = allowed && !u.disallowed && page.uploadByRef(p.Ref) == u // which the callback may have changed
	}
	if !allowed {
		reply.Rejected = true
		reply.Errors = []protocol.UploadError{{Ref: p.Ref, Reason: string(uploadNotAllowed)}}
	} else if err := u.preflight(ch, p.Entries, &reply); err != nil {
		if err = ch.containUpload(u, err); err != nil {
			return err
		}
		reply = protocol.UploadReply{Ref: p.Ref, Rejected: true}
		reply.Errors = []protocol.UploadError{{Ref: p.Ref, Reason: string(uploadNotAllowed)}}
	}
	return ch.replyUpload(m.ref, reply)
}

// mayUpload reports whether the page may send files of an upload, as its push ref asks.
// An error ends the view.
func (ch *channel) mayUpload(ref string, u *Upload) (bool, error) {
	e := Event{Name: u.name, Type: uploadEvent}
	var of callee
	if c := ch.live.numbered(u.cid); c != nil {
		of, e.Component = c, c.kindOf().live()
	}
	own, err := ch.view.authorizeUpload(e, of)
	if refused, ok := rescue.Find[*unhandledError](err); ok {
		ch.tellUnhandled(ref, e, refused)
		return false, nil
	}
	if own {
		return false, ch.containUpload(u, err)
	}
	return err == nil, err
}

// containUpload deals with the failure of a callback for an upload: it is that of the
// live component whose upload it is, or else the view's.
func (ch *channel) containUpload(u *Upload, err error) error {
	if c := ch.live.numbered(u.cid); c != nil {
		return ch.live.contain(c, err)
	}
	return err
}

// replyUpload answers the client that is about to send files, with what has changed on
// the page.
func (ch *channel) replyUpload(ref string, reply protocol.UploadReply) error {
	page := ch.view.page()
	buf := bufpool.Frames.Get()
	defer bufpool.Frames.Put(buf)
	diff, err := ch.appendDiff(append(buf.B, '{'), page)
	buf.B = diff
	if err != nil {
		return err
	}
	if len(diff) > 1 {
		reply.Diff = append(diff, '}')
		buf.B = reply.Diff
	}
	ch.reply(ref, reply.AppendJSON(nil))
	return ch.afterFrame() // External may send the visitor somewhere else
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
			if len(item.Errors) > 0 && asked[item.Ref] {
				ch.tellUpload(NoteUploadFailed, item, string(item.Errors[0].Code), nil)
			}
		}
		if len(reply.Errors) > 0 {
			reply.Rejected = true
			return nil
		}
	}
	reply.Config = u.config.wire()
	var granted []*uploadItem
	for i, item := range active {
		if i >= u.room() {
			break
		}
		if !asked[item.Ref] || item.preflighted {
			continue
		}
		grant, err := u.grant(ch, item)
		if err != nil {
			return err
		}
		switch {
		case ch.view.page().uploadByRef(u.ref) == nil: // External has disallowed the upload
			reply.Rejected, reply.Entries = true, nil
			reply.Errors = []protocol.UploadError{{Ref: u.ref, Reason: string(uploadNotAllowed)}}
			return nil
		case u.item(item.Ref) != item: // External has cancelled the file
			continue
		}
		if len(item.Errors) > 0 {
			reply.Errors = appendErrors(reply.Errors, item)
			ch.tellUpload(NoteUploadFailed, item, string(item.Errors[0].Code), item.Errors[0].Err)
			if u.config.AutoUpload {
				continue
			}
			// The client will ask again for those granted so far.
			for _, other := range granted {
				other.preflighted = false
				if other.transfer != nil {
					other.transfer.cancel()
					other.transfer = nil
				}
			}
			reply.Rejected, reply.Entries = true, nil
			return nil
		}
		item.preflighted = true
		granted = append(granted, item)
		ch.tellUpload(NoteUploadAccepted, item, "", nil)
		reply.Entries = append(reply.Entries, grant)
	}
	return nil
}

// grant allows a valid file to be sent; item then has an error if that can't be.
func (u *Upload) grant(ch *channel, item *uploadItem) (protocol.UploadGrant, error) {
	grant := protocol.UploadGrant{Ref: item.Ref}
	*u.dirty = true
	switch {
	case !item.Valid:
	case u.config.External != nil:
		var meta map[string]any
		err := ch.view.page().guard("External", func() (err error) { meta, err = u.config.External(item.snapshot()); return err })
		if isPanic(err) {
			return grant, err // a panic ends the view, as in any callback
		}
		if name, _ := meta["uploader"].(string); err == nil && name == "" {
			err = errors.New(`what UploadConfig.External returns must name the client's uploader, as in {"uploader": "S3"}`)
		}
		if err == nil {
			err = guard("marshalling what External returned", func() (err error) { grant.External, err = json.Marshal(meta); return err })
		}
		if err != nil {
			ch.peer.config.Logger.Error("liveview: an external upload was refused", "err", err, "upload", u.name, "view", ch.view.page().route.name, "route", ch.view.page().pattern)
			item.fail(UploadError{Code: UploadExternalFailed, Err: err})
			return grant, nil
		}
		item.External = meta
	default:
		claim, ok := ch.peer.uploads.Budget.Claim(ch.peer.browser, item.Size)
		if !ok {
			ch.peer.faults.warn("liveview: an upload was refused: "+tooManyBytes,
				"upload", u.name, "view", ch.view.page().route.name, "route", ch.view.page().pattern, "size", item.Size)
			item.fail(UploadError{Code: UploadBusy})
			ch.note(Note{Kind: NoteLimit, Cause: "MaxUploadBytes"})
			ch.tellUpload(NoteUploadFailed, item, string(UploadBusy), nil)
			return grant, nil
		}
		t := newTransfer(&ch.mailbox, ch.peer, ch.topics, u, item, claim)
		item.transfer = t
		grant.Token = uploadToken{
			view: ch.view.page().id, browser: ch.peer.browser, upload: u.ref, entry: item.Ref, nonce: t.nonce,
		}.sign(ch.peer.signer)
	}
	return grant, nil
}

// tooManyBytes says to the operator why an upload is refused or has failed.
const tooManyBytes = "as much is held as Config.MaxUploadBytes, MaxBrowserUploadBytes and MaxBrowserUploads allow"

func appendErrors(errs []protocol.UploadError, item *uploadItem) []protocol.UploadError {
	for _, reason := range item.Errors {
		errs = append(errs, protocol.UploadError{Ref: item.Ref, Reason: string(reason.Code)})
	}
	return errs
}
