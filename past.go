package liveview

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/gin-liveview/liveview/internal/rescue"
	"github.com/gin-liveview/liveview/internal/sign"
	"github.com/gin-liveview/liveview/protocol"
	"github.com/gin-liveview/liveview/store"
)

// own returns the channel's past, which there is from then on.
func (ch *channel) own() *past {
	if ch.past == nil {
		ch.past = &past{}
	}
	return ch.past
}

// save returns what the next view is to have of this one.
func (ch *channel) save() (*savedView, error) {
	page := ch.view.page()
	v := &savedView{
		View: page.route.view, User: page.user, Group: page.group, URL: string(page.url), Saved: time.Now().UnixMilli(),
		Title: page.title, Flash: slices.Clone(page.flash.shown()), Topics: page.root.topics(), Before: ch.past.joinsBefore(),
	}
	var err error
	if ch.view.saves() {
		if v.State, err = ch.view.save(); err != nil {
			return nil, fmt.Errorf("saving the state: %w", err)
		}
	}
	if v.Parts, err = ch.live.save(); err != nil {
		return nil, err
	}
	return v, nil
}

// broughtBy returns what the page that joins has brought along from the view before; nil
// for nothing, or nothing that is good.
func (ch *channel) broughtBy(j protocol.Join) *savedView {
	seal := j.State()
	if seal == "" || j.Mounts() == 0 || ch.peer.browser == "" {
		return nil
	}
	v, err := openSeal(ch.peer.signer, seal, viewID(ch.topic), pageName{ch.peer.browser, ch.key.Load()})
	if err == nil {
		err = v.isOfLate(time.Now(), sealedFor)
	}
	if err == nil && ch.hasLeft(v) {
		err = errLeftView
	}
	if err == nil && ch.peer.spent.IsUsed(sealID(seal)) {
		err = errSpentSeal
		ch.own().dropped = true // unless there is something newer
	}
	if err != nil {
		ch.peer.config.Logger.Debug("liveview: the state that a page brings along isn't taken", "err", rescue.Text(err), "topic", ch.topic)
		return nil
	}
	ch.own().brought = sealID(seal)
	v.latest = j.MountAttempts() == 0 && joinsOfVersion(v.Version)+1 == uint64(ch.joins.Load())
	return v
}

// sealID returns what tells seals apart that open: the random part that they begin with.
// It doesn't hold all of the seal in memory.
func sealID(seal string) string { return strings.Clone(seal[:min(len(seal), sign.SealIDLength)]) }

// newestOf returns what there is of the view before that joined, in this process, at another
// one, in the store, or brought along by its page; nil for nothing.
func (ch *channel) newestOf(brought *savedView) *savedView {
	if ch.past != nil && ch.past.inherited != nil {
		return ch.past.inherited
	}
	newest, browser, key, joins := brought, ch.peer.browser, ch.key.Load(), uint32(0)
	if isOwnViewID(viewID(ch.topic)) {
		joins = ch.joins.Load()
	}
	if brought != nil {
		ch.own().follow(brought.Version)
	}
	for _, from := range []func() *savedView{
		func() *savedView {
			if key == 0 || ch.app().elsewhere == nil || brought != nil && brought.latest {
				return nil
			}
			seal := ch.app().elsewhere.ask(pageName{browser, key}, ch.peer, viewID(ch.topic), joins)
			if seal == "" {
				return nil
			}
			v, err := openSeal(ch.app().signer, seal, viewID(ch.topic), pageName{browser, key})
			if err != nil {
				ch.app().faults.warn("liveview: what another process has had of a view can't be read; it begins anew", "err", rescue.Text(err))
			}
			return v
		},
		// Last, as it knows more by then, where another one didn't answer in time.
		func() *savedView { return ch.storedView(browser) },
	} {
		v := from()
		if v == nil {
			continue
		}
		ch.own().follow(v.Version)
		if ch.hasLeft(v) {
			continue
		}
		if newest == nil || v.Version > newest.Version {
			newest, ch.own().brought = v, ""
		}
	}
	return newest
}

// follow has what is saved from now on be newer than that version, whether or not that is
// given to the view: or a store would keep it in place of what comes after it.
func (p *past) follow(version uint64) { p.version = max(p.version, version) }

// putBack leaves v, which was there of the view before, to the next join, as it came to no view:
// its route can't answer at present, for instance. What the page has brought along it brings
// along again.
func (ch *channel) putBack(v *savedView) {
	key := ch.key.Load()
	if v == nil || key == 0 || ch.app().elsewhere == nil || ch.past != nil && ch.past.brought != "" {
		return
	}
	seal, err := v.seal(ch.app().signer, viewID(ch.topic), pageName{ch.peer.browser, key})
	if err != nil {
		return // it was read a moment ago
	}
	joins := uint32(0)
	if isOwnViewID(viewID(ch.topic)) {
		joins = ch.joins.Load()
	}
	ch.app().elsewhere.putBack(pageName{ch.peer.browser, key}, viewID(ch.topic), seal, v.Version, joins, ch.peer.allUsers())
}

var errLeftView = errors.New("it is of a view that the page has left")

var errSpentSeal = errors.New("the view that it was given to has changed since")

// forgo says that what there is of the view before isn't to be given to any other: the next
// one begins anew, and its page is told.
func (ch *channel) forgo() {
	if ch.own().brought != "" {
		ch.spend()
	}
	if s, key := ch.app().saver, ch.key.Load(); s != nil && key != 0 {
		s.giveUp(storeKey(ch.peer.browser, key, viewID(ch.topic)))
	}
}

// spend says that the view isn't any more as it was brought along: another one can't begin
// with that.
func (ch *channel) spend() {
	ch.peer.spent.Take(ch.own().brought, time.Now())
	if ch.app().elsewhere != nil {
		ch.app().elsewhere.spent(pageName{ch.peer.browser, ch.key.Load()}, ch.own().brought, ch.joins.Load())
	}
	ch.own().brought = ""
}

func (ch *channel) storeKey() string {
	return storeKey(ch.view.page().browser, ch.key.Load(), viewID(ch.topic))
}

// store has the view's state saved, unless it is as it was saved last.
func (ch *channel) store() {
	s := ch.app().saver
	if s == nil || ch.view == nil || ch.key.Load() == 0 || !ch.isSaved() {
		return
	}
	page := ch.view.page()
	err := ch.storeTo(s)
	if err != nil {
		ch.app().faults.warn("liveview: the state of a view isn't saved, and would be lost in a crash", "err", rescue.Text(err), "view", page.route.name, "route", page.pattern)
	}
}

func (ch *channel) storeTo(s *saver) error {
	v, err := ch.save()
	if err != nil {
		return err
	}
	sum := v.sum()
	if sum == ch.own().stored {
		return nil
	}
	v.Version = ch.nextVersion()
	seal, err := v.seal(ch.app().signer, viewID(ch.topic), pageName{ch.view.page().browser, ch.key.Load()})
	if err != nil {
		return err
	}
	if most := ch.app().config.MaxStateBytes; len(seal) > most {
		return fmt.Errorf("it takes %d bytes once it is sealed, and Config.MaxStateBytes is %d", len(seal), most)
	}
	ch.own().stored = sum
	s.put(store.Entry{Key: ch.storeKey(), Version: v.Version, Data: []byte(seal), TTL: ch.app().config.StoreTime})
	return nil
}

// A version is the page's joins (16 bits), a counter (32), and the node (16).
const countBits, nodeBits = 32, 16

// hasLeft reports whether v is of a view that the page has left, by live navigation, and that
// the channel's own came after. Nobody may have deleted it yet: a page has it for a while, and
// the store where its process died.
func (ch *channel) hasLeft(v *savedView) bool { return v.Before < ch.past.joinsBefore() }

func joinsOfVersion(version uint64) uint64 { return version >> (countBits + nodeBits) }

// nextVersion is higher than those of the views before, on whichever node, as far as they are
// known: what a view is given says what its was, and how often its page had joined says it
// where nothing is given. No clock is asked, as those of two nodes may differ. Of two nodes
// that have counted to the same number one has the higher version.
func (ch *channel) nextVersion() uint64 {
	joins := min(ch.joins.Load(), math.MaxUint16)
	count := max(ch.own().version>>nodeBits, uint64(joins)<<countBits) + 1
	ch.own().version = count<<nodeBits | uint64(ch.app().node)
	return ch.own().version
}

// storedView returns what the store has of the view that joins; nil for nothing.
func (ch *channel) storedView(browser string) *savedView {
	s, page := ch.app().saver, ch.key.Load()
	if s == nil || page == 0 || browser == "" {
		return nil
	}
	key := storeKey(browser, page, viewID(ch.topic))
	if s.isCrashing(key) {
		ch.own().dropped = true
		return nil
	}
	e, err := s.load(key)
	if err != nil {
		ch.app().faults.warn("liveview: the store doesn't tell what a page was; it begins anew", "err", rescue.Text(err))
		return nil
	}
	if e.Data == nil {
		return nil
	}
	v, err := openSeal(ch.app().signer, string(e.Data), viewID(ch.topic), pageName{browser, page})
	if err != nil {
		ch.app().faults.warn("liveview: what the store has of a page can't be read; it begins anew", "err", rescue.Text(err))
		return nil
	}
	return v
}

// tellMissed tells a view that was restored what it may have missed: what was published to
// the topics that it is subscribed to again.
func (ch *channel) tellMissed(page *page, before []string) {
	if !page.route.hears && page.hooks == nil {
		return
	}
	for _, topic := range page.root.topics() {
		if slices.Contains(before, topic) {
			_ = ch.post(message{kind: messageInfo, info: Missed{Topic: topic}}) // what can go wrong ends the view
		}
	}
}

// askToStore makes channel a storable.
func (ch *channel) askToStore() {
	_ = ch.postOwn(message{kind: messageSave}) // one that has ended says nothing more
}

// eventDropped is pushed to a page whose view begins anew, as what it was can't be given
// back to it: its Restore fails, or it has another shape, or crashed twice with it.
const eventDropped = "liveview:dropped"

// eventRestored is pushed to a page that goes on with the view that it had.
const eventRestored = "liveview:restored"

// isDisconnected reports whether the user whose the view was has been disconnected since it
// was saved.
func (a *app) isDisconnected(v *savedView) bool {
	return a.revoked.UserSince(v.User, v.savedAt()) || a.saver.isDisconnected(v.User, v.savedAt())
}
