package liveview

import (
	"slices"

	"github.com/gin-liveview/liveview/protocol"
)

// uploadProgress takes in how far the client says it is. Of a file that comes
// here, the bytes that arrived say it.
func (ch *channel) uploadProgress(m message) error {
	p, err := ch.peer.decode.DecodeProgress(m.payload)
	if err != nil {
		return &badPushError{err}
	}
	if u := ch.view.page().uploadByRef(p.Ref); u != nil {
		if item := u.item(p.EntryRef); item != nil && u.progress(item, p) {
			ch.tellCompletion(item)
			if !item.Valid {
				ch.view.page().unlockForm(u)
			}
			if err := ch.tellProgress(u, item); err != nil {
				return err
			}
		}
	}
	return ch.flushReply(m.ref)
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
			item.fail(UploadError{Code: UploadExternalFailed})
		}
		*u.dirty = true
		return external
	case external:
		item.Progress = p.Progress
		item.Done = p.Progress == 100
	case item.transfer == nil || !item.Valid:
		return false
	default:
		item.Progress = min(p.Progress, item.transfer.progress())
		if item.Done = item.Progress == 100; item.Done {
			item.transfer.clientKnows()
			_, kind, writer := item.transfer.file()
			if kind != "" {
				item.Type = kind
			}
			if writer != nil {
				item.Writer = writer
			}
		}
	}
	*u.dirty = true
	return true
}

// filesBack takes in that a page is back that had lost its connection: again has the names of
// the inputs whose files it chooses again. What hasn't arrived of others is lost.
func (ch *channel) filesBack(again []string) error {
	for _, u := range slices.Clone(ch.view.page().uploads()) {
		if !slices.Contains(again, u.name) {
			u.loseFiles()
			continue
		}
		for _, item := range u.restart() {
			if u.item(item.Ref) != item || !u.progress(item, protocol.Progress{Ref: u.ref, EntryRef: item.Ref, Progress: 100}) {
				continue // a callback has cancelled it
			}
			ch.tellCompletion(item)
			if err := ch.tellProgress(u, item); err != nil {
				return err
			}
		}
	}
	return nil
}

// tellCompletion tells of a file that is there, or has failed elsewhere.
func (ch *channel) tellCompletion(item *uploadItem) {
	switch {
	case item.Done:
		ch.tellUpload(NoteUploadFinished, item, "", nil)
	case !item.Valid && len(item.Errors) > 0:
		last := item.Errors[len(item.Errors)-1]
		ch.tellUpload(NoteUploadFailed, item, string(last.Code), last.Err)
	}
}

// tellProgress tells whose upload it is how far a file has come.
func (ch *channel) tellProgress(u *Upload, item *uploadItem) error {
	if u.cid == 0 {
		return ch.view.handleProgress(item.snapshot())
	}
	c := ch.live.numbered(u.cid)
	if c == nil {
		return nil
	}
	err := ch.live.contain(c, c.handleProgress(item.snapshot()))
	ch.live.changed(c)
	return err
}

// unlockForm has the page unlock the form of an upload, one of whose files has failed:
// the client keeps what it locked for the submit that sent the file, the file's cancel
// button too if that is in the form, until something that it sends after that is
// answered.
func (p *page) unlockForm(u *Upload) {
	p.pushEvent(protocol.PushUnlock, append(protocol.AppendString([]byte(`{"id":`), u.ref), '}'))
}

// fileNotice acts on what a transfer says of its file.
func (ch *channel) fileNotice(n uploadNotice) error {
	if n.kind == noticeWritten {
		n.transfer.acknowledge(n.ref)
		return nil
	}
	if ch.view == nil {
		return nil
	}
	if ok, err := ch.stillEntitled(); err != nil || !ok {
		return err
	}
	for _, u := range ch.view.page().uploads() {
		for _, item := range u.entries {
			if item.transfer != fileTransfer(n.transfer) {
				continue
			}
			switch {
			case n.kind == noticeCut && !item.Cancelled:
				ch.tellUpload(NoteUploadFailed, item, "cut", nil)
				item.restart()
				*u.dirty = true
			case item.Cancelled || n.reason.Code == "":
				if item.Cancelled {
					ch.tellUpload(NoteUploadFailed, item, "cancelled", nil)
				}
				u.drop(item)
			case !item.Done: // or it was, by now, complete after all
				item.transfer.release()
				item.fail(n.reason)
				ch.tellUpload(NoteUploadFailed, item, string(n.reason.Code), n.reason.Err)
				*u.dirty = true
				ch.view.page().unlockForm(u)
				if err := ch.tellProgress(u, item); err != nil {
					return err
				}
			}
			return ch.flushPush()
		}
	}
	return nil
}
