package liveview

import "context"

// ViewInfo is what an operator may know of a view that is open: what it is and what it
// holds, without any value of its state, of forms or of events.
type ViewInfo struct {
	Subject
	Path    string // of its URL, without the query, which may hold secrets
	Waiting int    // messages in its mailbox
	Kept    bool   // its socket is lost, and it is kept; see [Config].KeepTime
	Joins   int    // how often its page had joined before, on this socket or an earlier one

	Components int            // live components in it
	Topics     map[string]int // what it is subscribed to, its components included, and how often
	Uploads    []UploadInfo   // a hundred at most
}

// UploadInfo is one file of a view's, without its name.
type UploadInfo struct {
	Upload   string // the name that the upload was allowed under
	Type     string // content type, "" if unknown
	Size     int64  // bytes
	Progress int    // percent
	Failed   bool   // something is wrong with it
}

// maxUploadInfos is how many files are told of.
const maxUploadInfos = 100

// inspection is a look at a view, in its own goroutine.
type inspection struct {
	ctx  context.Context // of who asks
	look func(ch *channel)
}

// inspect has somebody look at the view, unless nobody waits for that any more.
func (ch *channel) inspect(i *inspection) {
	if ch.view == nil || i.ctx.Err() != nil {
		return // who asks waits until the view ends, or for as long as it will
	}
	i.look(ch)
}

// info tells of the view.
func (ch *channel) info() ViewInfo {
	page := ch.view.page()
	info := ViewInfo{
		Subject: page.subject(), Path: page.shownPath(), Kept: ch.away != nil, Joins: int(ch.joins.Load()),
		Topics: map[string]int{},
	}
	count := func(p *part) {
		for _, topic := range p.topics() {
			info.Topics[topic]++
		}
	}
	count(&page.root)
	if ch.live.liveSet != nil {
		info.Components = len(ch.live.all)
		for _, c := range ch.live.all {
			count(&c.core().part)
		}
	}
	for _, u := range page.uploads() {
		for _, item := range u.entries {
			if len(info.Uploads) == maxUploadInfos {
				return info
			}
			f := UploadInfo{Upload: u.name, Type: item.Type, Size: item.Size, Progress: item.Progress, Failed: !item.Valid}
			if item.transfer != nil {
				f.Progress = item.transfer.progress()
			}
			info.Uploads = append(info.Uploads, f)
		}
	}
	return info
}
