package liveview

import (
	"cmp"
	"container/list"
	"maps"
	"math"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/gin-liveview/liveview/internal/wire"
)

// keeper has the pages whose sockets were lost without a goodbye: with their views as they
// are, which go on hearing what they subscribed to, and render nothing. A page that joins
// again within Config.KeepTime goes on with them.
type keeper struct {
	*app
	endpoint *endpoint

	home   func() *server       // that pages without one of their own count for
	handOn func(page *keptPage) // has a page go to another process, as this one ends, or forgets it; nil where there is no other

	mu        sync.Mutex // guards the fields below, and those of pages that say so. Nothing is locked under it.
	pages     list.List  // of *keptPage, the oldest first
	named     map[pageName]*keptPage
	browsers  map[string]int
	addresses map[netip.Addr]int
	bytes     int64
	timer     *time.Timer // runs as long as there are pages
}

func newKeeper(e *endpoint) *keeper {
	return &keeper{
		app: e.app, endpoint: e,
		named: make(map[pageName]*keptPage), browsers: make(map[string]int), addresses: make(map[netip.Addr]int),
	}
}

// keptPage is a page without a socket: its own view, and those within it. For them it is
// what a connection is otherwise, and for who closes sockets it is one.
type keptPage struct {
	keeper  *keeper
	key     uint64     // of the browser's page
	peer    *peer      // of its views, meanwhile
	server  *server    // that its socket came to
	address netip.Addr // from which; invalid where that isn't known
	nth     uint64     // of the sockets; 0 for what is held

	until time.Time
	held  heldViews     // where Seals isn't nil: in place of channels. Its Seals are guarded by the keeper's lock.
	place *list.Element // guarded by the keeper's lock; nil once it is no more among its pages
	bytes int64         // guarded by the keeper's lock: what its views hold, as far as they have said

	mu       sync.Mutex    // guards the fields below. The endpoint's lock may be taken under it.
	listed   *registration // nil before it is kept, and once it isn't any more
	channels []*channel    // that haven't ended
	back     topics        // of the socket over which the page has come back; nil before
	leaving  bool          // it is on its way to another process, and isn't let go before it has arrived
}

func (page *keptPage) name() pageName { return pageName{page.peer.browser, page.key} }

// lostSocket is one that was lost.
type lostSocket struct {
	peer    *peer
	server  *server
	address netip.Addr
	nth     uint64
}

// prepare returns the page that lost its socket, unless there is to be none kept of it:
// then it returns nil. Its channels are to be told, by lose, before it is kept.
func (k *keeper) prepare(c lostSocket, channels []*channel) *keptPage {
	i := slices.IndexFunc(channels, func(ch *channel) bool { return isOwnViewID(viewID(ch.topic)) })
	if i < 0 || c.peer.browser == "" || k.config.KeepTime < 0 || channels[i].key.Load() == 0 {
		return nil
	}
	if k.config.KeepUsersOnly && len(c.peer.allUsers()) == 0 || !c.server.admitLost() {
		return nil
	}
	return &keptPage{
		keeper: k, key: channels[i].key.Load(), peer: c.peer.without(), server: c.server, address: c.address, nth: c.nth,
		until: time.Now().Add(k.config.KeepTime), channels: slices.Clone(channels),
	}
}

// lose tells a channel that its socket is lost, and that it stays with page. It reports
// false of one that has ended, or is about to.
func (page *keptPage) lose(ch *channel) bool {
	if ch.postOwn(message{kind: messageLost, info: page}) != nil {
		page.dropChannel(ch)
		return false
	}
	return true
}

// keep keeps a page that was prepared, for a join to claim.
func (k *keeper) keep(page *keptPage) {
	browser := page.peer.browser
	page.server.add(page)
	k.pool.Open()
	k.kept.Add(1)
	page.mu.Lock()
	page.listed = k.endpoint.registerKept(page, browser, page.peer.users)
	page.mu.Unlock()
	k.mu.Lock()
	gone := k.put(page)
	k.mu.Unlock()
	for _, page := range gone {
		page.forget()
	}
	page.dropIfEmpty() // as all of its views may have ended before it was there
	switch {
	case slices.Contains(gone, page):
	case k.endpoint.revoked.Browser(browser): // since the socket was lost
		page.forget()
	case page.server.isDraining():
		page.closeWhenIdle()
	}
}

// put takes page in, and returns what is to be let go for it; mu is held. It is page itself
// where the page has lost a newer socket before: this one's loss was noticed late.
func (k *keeper) put(page *keptPage) (gone []*keptPage) {
	if before := k.named[page.name()]; before != nil {
		if page.held.Seals == nil && before.nth > page.nth {
			return []*keptPage{page}
		}
		gone = append(gone, before)
		k.remove(before)
	}
	k.named[page.name()] = page
	k.browsers[page.peer.browser]++
	if page.address.IsValid() {
		k.addresses[page.address]++
	}
	k.bytes += page.bytes // of views that were quick to say
	page.place = k.pages.PushBack(page)
	if k.timer == nil {
		k.timer = time.AfterFunc(k.config.KeepTime, k.expire)
	}
	return append(gone, k.overflow(page)...)
}

// visiting is what another process, or a join that had to be put off, has left of a page.
type visiting struct {
	name    pageName
	users   []string // whose it was, as far as that is known
	address netip.Addr
	views   heldViews
	until   time.Time
}

// hold keeps what there is of a page, where its views aren't any more, for a join to take
// or another process to claim. It reports false if there is no room.
func (k *keeper) hold(v visiting) bool {
	if v.name.browser == "" || k.config.KeepTime < 0 || k.config.KeepUsersOnly && len(v.users) == 0 || k.endpoint.revoked.Browser(v.name.browser) {
		return false
	}
	page := &keptPage{
		keeper: k, key: v.name.key, peer: &peer{app: k.app, conn: wire.Nowhere(), browser: v.name.browser, users: v.users},
		server: k.home(), address: v.address, until: v.until, held: v.views, bytes: 200,
	}
	for _, seal := range v.views.Seals {
		page.bytes += int64(len(seal))
	}
	k.mu.Lock()
	room := k.room()
	k.mu.Unlock()
	if room.Pages < 1 || room.Bytes < page.bytes || !page.server.admit() {
		return false
	}
	k.keep(page)
	return true
}

// holdView is hold for one view, of a page of which others may be held.
func (k *keeper) holdView(id, seal string, v visiting) {
	k.mu.Lock()
	page := k.named[v.name]
	if page != nil {
		if more := int64(len(seal) - len(page.held.Seals[id])); page.held.Seals != nil && more <= k.room().Bytes {
			page.held.Seals[id] = seal
			page.bytes += more
			k.bytes += more
		}
		k.mu.Unlock()
		return
	}
	k.mu.Unlock()
	k.hold(v)
}

// room is how much may be kept besides what is.
type room struct {
	Pages int
	Bytes int64
}

// room returns how much more may be kept; mu is held.
func (k *keeper) room() room {
	r := room{math.MaxInt32, math.MaxInt64}
	if most := k.config.MaxKept; most >= 0 {
		r.Pages = max(0, most-k.pages.Len())
	}
	if most := k.config.MaxKeptBytes; most >= 0 {
		r.Bytes = max(0, most-k.bytes)
	}
	return r
}

// takeHeld takes out what is held of a view of a page that has joined so often before; 0 is
// not known. It returns "" for nothing, or nothing that is as new as that.
func (k *keeper) takeHeld(name pageName, id string, joins uint32) (seal string) {
	k.mu.Lock()
	page := k.named[name]
	if page == nil || page.held.Seals == nil || page.held.isOld(joins) {
		k.mu.Unlock()
		return ""
	}
	seal = page.held.Seals[id]
	delete(page.held.Seals, id)
	page.bytes -= int64(len(seal))
	k.bytes -= int64(len(seal))
	k.mu.Unlock()
	page.dropIfEmpty()
	return seal
}

// releaseHeld takes out what is held of a page.
func (k *keeper) releaseHeld(name pageName) heldViews {
	page := k.take(name, func(page *keptPage) bool { return page.held.Seals != nil })
	if page == nil {
		return heldViews{}
	}
	k.mu.Lock()
	views := page.held
	views.Seals = maps.Clone(views.Seals)
	k.mu.Unlock()
	page.letGo()
	return views
}

// dropOlder lets go of what is held of a page and is of a view before the one that the page
// joined after so many joins.
func (k *keeper) dropOlder(name pageName, joins uint32) {
	if page := k.take(name, func(page *keptPage) bool { return page.held.Seals != nil && page.held.Joins < joins }); page != nil {
		page.letGo()
	}
}

// isOld reports whether the page has joined elsewhere since it had these views, as it has
// joined so often; 0 is not known.
func (v heldViews) isOld(joins uint32) bool { return joins > v.Joins+1 }

// overflow takes out the oldest pages that are more than there may be, of all, of the
// browser of page, or from its address; mu is held.
func (k *keeper) overflow(page *keptPage) (gone []*keptPage) {
	for e := k.pages.Front(); e != nil; {
		old := e.Value.(*keptPage)
		e = e.Next()
		browser, address := page.peer.browser, page.address
		if k.over() ||
			exceeds(k.browsers[browser], k.config.MaxKeptPerBrowser) && old.peer.browser == browser ||
			address.IsValid() && exceeds(k.addresses[address], k.config.MaxKeptPerAddress) && old.address == address {
			gone = append(gone, old)
			k.remove(old)
		}
	}
	return gone
}

// over reports whether there are more pages, or bytes of them, than there may be; mu is held.
func (k *keeper) over() bool {
	return exceeds(k.pages.Len(), k.config.MaxKept) || k.config.MaxKeptBytes >= 0 && k.bytes > k.config.MaxKeptBytes
}

func exceeds(n, most int) bool { return most >= 0 && n > most }

// weigh notes that a view of page holds so many bytes more.
func (page *keptPage) weigh(bytes int64) {
	k := page.keeper
	var gone []*keptPage
	k.mu.Lock()
	page.bytes += bytes
	if page.place != nil {
		k.bytes += bytes
		gone = k.overflow(page)
	}
	k.mu.Unlock()
	for _, page := range gone {
		page.forget()
	}
}

// remove takes page out, and reports whether it was there; mu is held.
func (k *keeper) remove(page *keptPage) bool {
	if page.place == nil {
		return false
	}
	k.pages.Remove(page.place)
	page.place = nil
	k.bytes -= page.bytes
	if k.named[page.name()] == page {
		delete(k.named, page.name())
	}
	decrement(k.browsers, page.peer.browser)
	if page.address.IsValid() {
		decrement(k.addresses, page.address)
	}
	if k.pages.Len() == 0 && k.timer != nil {
		k.timer.Stop()
		k.timer = nil
	}
	return true
}

func decrement[K comparable](counts map[K]int, key K) {
	if counts[key]--; counts[key] <= 0 {
		delete(counts, key)
	}
}

// expire is what the timer calls: it lets go of the pages whose time is over.
func (k *keeper) expire() {
	var gone []*keptPage
	k.mu.Lock()
	now := time.Now()
	for e := k.pages.Front(); e != nil && !e.Value.(*keptPage).until.After(now); e = k.pages.Front() {
		page := e.Value.(*keptPage)
		gone = append(gone, page)
		k.remove(page)
	}
	if next := k.pages.Front(); next != nil && k.timer != nil {
		k.timer.Reset(next.Value.(*keptPage).until.Sub(now))
	}
	k.mu.Unlock()
	for _, page := range gone {
		page.forget()
	}
}

// claim takes out the browser's page of that key, which has come back over c, the nth socket,
// and returns its channels; none if it isn't kept, or has come by a newer socket meanwhile.
func (k *keeper) claim(key uint64, browser string, c topics, nth uint64) []*channel {
	page := k.take(pageName{browser, key}, func(page *keptPage) bool { return page.held.Seals == nil && page.nth <= nth })
	if page == nil {
		return nil
	}
	return page.hand(c)
}

// take takes out the page of that name, nil if it isn't kept, or isn't one that is wanted.
func (k *keeper) take(name pageName, wanted func(*keptPage) bool) *keptPage {
	k.mu.Lock()
	defer k.mu.Unlock()
	page := k.named[name]
	if page == nil || !wanted(page) {
		return nil
	}
	k.remove(page)
	return page
}

// release takes out the browser's page of that name, kept or with a socket that nobody is
// at the other end of any more, for another process, which it has come to having joined so
// often before; 0 is not known. It returns nil if the page isn't here, or has joined here
// since.
func (k *keeper) release(name pageName, joins uint32) *keptPage {
	wanted := func(page *keptPage) bool { return !page.hasJoinedSince(joins) }
	page := k.take(name, func(page *keptPage) bool { return page.held.Seals == nil && wanted(page) })
	for _, c := range k.stalledSockets(name.browser) {
		if page == nil {
			page = c.leave(name.key, joins)
		}
	}
	if page == nil { // that socket's end may have been noticed meanwhile
		page = k.take(name, wanted)
	}
	return page
}

// has reports whether something of the page of that name is here which could be given to
// another process.
func (k *keeper) has(name pageName) bool {
	k.mu.Lock()
	page := k.named[name]
	k.mu.Unlock()
	if page != nil && (page.held.Seals != nil || slices.ContainsFunc(page.views(), (*channel).isSaved)) {
		return true
	}
	return slices.ContainsFunc(k.stalledSockets(name.browser), func(c stalledSocket) bool { return c.hasPage(name.key) })
}

// stalledSocket is a socket that may have been lost without anybody having noticed.
type stalledSocket interface {
	// leave has the page with that key lose its socket, and returns it; nil if it is none
	// of the socket's, or has joined over it since it had joined so often; 0 is not known.
	leave(key uint64, joins uint32) *keptPage

	// hasPage reports whether there is something of the page with that key which could be
	// given to another process.
	hasPage(key uint64) bool

	// since returns the number of the socket, of the sockets that have opened.
	since() uint64
}

// stalledSockets returns those of the browser. The newest comes first: an older one may still
// have a view of a page that has joined over a newer one since, and that is about to end.
func (k *keeper) stalledSockets(browser string) (all []stalledSocket) {
	for _, s := range k.endpoint.socketsOf("", browser) {
		if stalled, ok := s.(stalledSocket); ok {
			all = append(all, stalled)
		}
	}
	slices.SortFunc(all, func(a, b stalledSocket) int { return cmp.Compare(b.since(), a.since()) })
	return all
}

// views returns the page's channels.
func (page *keptPage) views() []*channel {
	page.mu.Lock()
	defer page.mu.Unlock()
	return slices.Clone(page.channels)
}

// joins returns how often the page had joined before its views did.
func (page *keptPage) joins() uint32 {
	if page.held.Seals != nil {
		return page.held.Joins
	}
	return joinsOfPage(page.views())
}

func joinsOfPage(channels []*channel) uint32 {
	for _, ch := range channels {
		if isOwnViewID(viewID(ch.topic)) {
			return ch.joins.Load()
		}
	}
	return 0
}

// hasJoinedSince reports whether the page has joined here since it came to a process having
// joined so often before; 0 is not known.
func (page *keptPage) hasJoinedSince(joins uint32) bool { return joins > 0 && page.joins() > joins }

// supersede ends what the page of ch, which joins with a new view over the nth socket, has had
// in that one's place: its answer was lost, or the page would have asked for it. So nobody finds
// it later, and takes it for the newer one. It reports false if it is the newer one: the join
// came late, over a socket that the page has left.
func (k *keeper) supersede(ch *channel, nth uint64) bool {
	if ch.key.Load() == 0 || ch.peer.browser == "" {
		return true
	}
	for _, s := range k.endpoint.socketsOf("", ch.peer.browser) {
		if before, ok := s.(earlier); ok && !before.supersede(ch, nth) {
			return false
		}
	}
	return true
}

// earlier is where a page may have been before.
type earlier interface {
	// supersede ends the view in whose place by comes, over the nth socket. It reports false,
	// and ends none, if it has come over a newer one.
	supersede(by *channel, nth uint64) bool
}

func (page *keptPage) supersede(by *channel, nth uint64) bool {
	return endOlder(by, page.views(), page.nth > nth)
}

// endOlder ends the views of the page among channels in whose place by comes. It reports false,
// and ends none, if there is one and these are newer.
func endOlder(by *channel, channels []*channel, newer bool) bool {
	for _, ch := range channels {
		if ch == by || ch.topic != by.topic || ch.key.Load() != by.key.Load() {
			continue
		}
		if newer {
			return false
		}
		ch.endNow(ending{cause: endForgotten})
	}
	return true
}

// hand leaves the page's channels to c.
func (page *keptPage) hand(c topics) []*channel {
	page.mu.Lock()
	channels := page.channels
	page.channels, page.back = nil, c
	page.mu.Unlock()
	page.letGo()
	return channels
}

// letGo says that the page is none any more, to all who take it for a socket.
func (page *keptPage) letGo() {
	page.mu.Lock()
	listed := page.listed
	page.listed = nil
	page.mu.Unlock()
	if listed != nil { // or it went from one socket to another, or isn't kept yet
		page.keeper.kept.Add(-1)
		page.keeper.endpoint.unregister(listed)
		page.keeper.pool.Close()
		page.server.leave(page)
	}
}

// forget ends the page's views.
func (page *keptPage) forget() { page.end(ending{cause: endForgotten}) }

func (page *keptPage) end(e ending) {
	if page.held.Seals != nil {
		page.keeper.mu.Lock()
		clear(page.held.Seals)
		page.keeper.mu.Unlock()
		page.dropIfEmpty()
		return
	}
	for _, ch := range page.views() {
		ch.endNow(e)
	}
}

// arrived has the page, which was on its way to another process, be none of this one's any
// more.
func (page *keptPage) arrived() {
	page.mu.Lock()
	page.leaving = false
	page.mu.Unlock()
	page.letGo()
}

// The methods below make keptPage an openSocket.

func (page *keptPage) endViews() { page.end(ending{cause: endForgotten, gone: true}) }

func (page *keptPage) find(id string) *mailbox {
	page.mu.Lock()
	defer page.mu.Unlock()
	return mailboxOf(page.channels, id)
}

func (page *keptPage) close(int, string) { page.forget() }

func (page *keptPage) cut() {
	page.forget()
	page.arrived() // or nobody waits for that any more
}

func (page *keptPage) closeWhenIdle() {
	if page.keeper.handOn == nil || !page.server.waitsForPages() {
		page.forget()
		return
	}
	page.keeper.handOn(page)
}

func (page *keptPage) restart() { page.forget() } // another process would have to be found

func (page *keptPage) visitor() *peer { return page.peer }

// visitor, weigh and the methods below make keptPage a refuge for its channels. Of a
// channel that has ended the connection has to know over which the page has come back.

func (page *keptPage) dropChannel(ch *channel) {
	page.mu.Lock()
	back := page.back
	page.channels = slices.DeleteFunc(page.channels, func(other *channel) bool { return other == ch })
	page.mu.Unlock()
	if back != nil {
		back.dropChannel(ch)
		return
	}
	page.dropIfEmpty()
}

// dropIfEmpty has the page be kept no more if none of its views is there.
func (page *keptPage) dropIfEmpty() {
	page.mu.Lock()
	empty := len(page.channels) == 0 && !page.leaving
	page.mu.Unlock()
	if !empty {
		return
	}
	page.keeper.mu.Lock()
	if empty = len(page.held.Seals) == 0; empty {
		page.keeper.remove(page)
	}
	page.keeper.mu.Unlock()
	if empty {
		page.letGo()
	}
}

func (page *keptPage) viewComes(*channel) {}

func (page *keptPage) beginsAnew(*channel) bool { return true }

func (page *keptPage) familyOf(string) *family { return nil }

func (page *keptPage) comeAgain() { page.forget() }

func (page *keptPage) goesOn(*channel, string) bool { return false }

func (page *keptPage) passOn(*channel, *savedView) {}

func (page *keptPage) waits(*channel, string) {}

func (page *keptPage) addTransfer(t *transfer) { t.stop(stopCut) }

func (page *keptPage) dropTransfer(*transfer) bool { return false }

// joinsWait is for how long the views of a page that is back wait for their joins.
const joinsWait = 10 * time.Second
