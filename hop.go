package liveview

import (
	"crypto/rand"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/gin-liveview/liveview/internal/recent"
	"github.com/gin-liveview/liveview/pubsub"
)

// A page whose connection is lost may come back at another process: that asks the others,
// over Config.PubSub, who has its views. The one that has them takes them out of what it
// keeps, and sends what there is of them, sealed. So a page is at one process at a time, or on
// its way from one to another, and nobody makes a second of it: what a process is given it
// has, whether or not the page is still there to show it, until it gives it away.
//
// Several may ask for one page at once, as its connection is lost once more meanwhile:
//
//   - Who has the page gives it to the first whose claim comes, and tells the others where it
//     has gone. They ask there.
//   - A process that asks itself hasn't got it yet. It answers others' claims once it knows
//     whether the page comes to it: with the page, or with no.
//   - Two that ask each other, as who had the page is gone, don't wait for each other: the one
//     whose name is the higher waits for the other.
//
// A process that couldn't be reached may still have what a page was before it joined
// elsewhere: the page says how often it has joined, and so how new what is given is. The newer
// wins, and the older is over.

const (
	// claimTopic carries claims to all processes.
	claimTopic = ownTopics + "claim"

	// spentTopic carries, to all processes, which seals are good for nothing any more.
	spentTopic = ownTopics + "spent"

	// claimWait is how long a process waits to hear that another has the page, and giveWait
	// how long, from then on, for what there is of it: its views may be at work.
	claimWait = 300 * time.Millisecond
	giveWait  = 5 * time.Second

	// maxGiven is how much of a page goes to another process, in bytes of its views' seals: they
	// fit into one message, with what else that says.
	maxGiven = pubsub.MaxMessage - 64<<10

	// maxClaims bounds how many claims of one page wait for an answer.
	maxClaims = 16
)

func init() {
	pubsub.Register[claim]("liveview.claim")
	pubsub.Register[replied]("liveview.replied")
	pubsub.Register[given]("liveview.given")
	pubsub.Register[spent]("liveview.spent")
}

// spent says of a seal that the view which was given it has changed since.
type spent struct {
	Seal    string // its sealID
	Browser string
	Key     uint64 // of the browser's page
	Joins   uint32 // how often that had joined before this view
}

// claim asks for a page that is back.
type claim struct {
	Browser string
	Key     uint64 // of the browser's page
	Joins   uint32 // how often the page has joined before; 0 if that isn't known
	Nth     uint64 // of the claims of who asks
	Reply   string // the topic of who asks
	Direct  bool   // it is for one process, which says no if it hasn't got the page
}

func (c claim) page() pageName { return pageName{c.Browser, c.Key} }

// replied says, to who claims a page, what becomes of that.
type replied struct {
	Browser string
	Key     uint64
	Nth     uint64 // of the claim
	From    string // the topic of who answers
	What    answerKind
	To      string // answerMoved: the topic of who has it
}

type answerKind uint8

const (
	answerHas   answerKind = iota // the page is here, and is given
	answerMoved                   // it has gone to another process
	answerWaits                   // it may come here, as it was asked for
	answerNo                      // it isn't here
)

// given is a page: the states of its views.
type given struct {
	Browser string
	Key     uint64
	From    string // the topic of who gives it
	Nth     uint64 // of what that has given
	Views   heldViews
	Users   []string // whose the page was
	Past    claims   // by which the page has been where it was of late
}

// hops asks other processes for pages, and answers them.
type hops struct {
	*app
	keeper *keeper
	reply  string // the topic of this process; "" where there is no other

	mu    sync.Mutex // guards the fields below, and those of asks. Nothing is locked under it.
	asks  map[pageName]*ask
	nth   uint64               // of the last claim, or of the last page that was given
	moved recent.Map[string]   // where pages have gone of late; "" for nowhere any more
	taken recent.Map[struct{}] // what was given to this process of late
	past  recent.Map[claims]   // by which pages that came here of late have been where they were
	early recent.Map[early]    // claims of late of pages that weren't here
	newer recent.Map[uint32]   // how often pages had joined elsewhere that have changed there of late
	going map[pageName][]claim // of pages that are on their way to a shelter
}

// claims are the numbers of the last claims by which a page came to processes, by their
// topics: each has been answered, whoever hears of it late.
type claims map[string]uint64

// early is a claim of a page that may be on its way here.
type early struct {
	claim
	heard time.Time
}

// ask is a claim, and what comes of it.
type ask struct {
	claim
	began time.Time
	by    any           // the peer over whose socket the page has come back
	done  chan struct{} // closed when there is nothing more to come
	over  bool          // done is closed

	from    map[string]bool // who has the page and hasn't given it yet
	maybe   map[string]bool // who may come to have it: true once that one has said so itself
	best    *given          // of what was given; nil for nothing
	long    bool            // somebody has the page: there is something to wait for
	waiting []claim         // of others, to be replied afterwards
}

func newHops(k *keeper) *hops {
	h := &hops{app: k.app, keeper: k, asks: make(map[pageName]*ask), going: make(map[pageName][]claim)}
	if !k.app.hasOthers() || k.config.KeepTime < 0 {
		return h
	}
	h.reply = ownTopics + "given:" + rand.Text()
	for topic, hear := range map[string]func(any){h.reply: h.heard, claimTopic: h.claimed, spentTopic: h.hearSpent} {
		if _, err := subscribe(k.config.PubSub, topic, hear); err != nil {
			k.config.Logger.Error("liveview: pages that come back at another process begin anew there, as Config.PubSub takes no subscription", "err", err)
			h.reply = ""
		}
	}
	return h
}

// spent tells the other processes: or a page could be taken back, there, to what it has been.
func (h *hops) spent(page pageName, seal string, joins uint32) {
	if h.reply != "" {
		_ = publish(h.config.PubSub, spentTopic, spent{seal, page.browser, page.key, joins}) // who doesn't hear of it may still ask who has the page
	}
}

func (h *hops) hearSpent(info any) {
	if s, ok := info.(spent); ok {
		page, now := pageName{s.Browser, s.Key}, time.Now()
		h.app.spent.Take(s.Seal, now)
		h.mu.Lock()
		h.newer.Forget(now, h.config.KeepTime)
		h.newer.Put(page.text(), s.Joins)
		h.mu.Unlock()
		h.keeper.dropOlder(page, s.Joins)
	}
}

// hasOthers reports whether Config.PubSub is one between processes.
func (a *app) hasOthers() bool {
	between, ok := a.config.PubSub.(interface{ PublishLocal(topic string, info any) })
	return ok && between != nil
}

// ask returns what there is of the view with that id, of a page that has joined so often
// before: what is held of it here, or what another process has had; "" for nothing. The views
// of a page that is back share one claim. Each is given its state once.
func (h *hops) ask(page pageName, by any, id string, joins uint32) string {
	if seal := h.keeper.takeHeld(page, id, joins); seal != "" {
		return seal
	}
	if h.reply == "" {
		return ""
	}
	h.mu.Lock()
	a := h.asks[page]
	first := a == nil || a.by != by && a.over // of a socket before: the page may have been elsewhere since
	if !first {
		a.by = by
	} else {
		h.nth++
		a = &ask{
			claim: claim{Browser: page.browser, Key: page.key, Joins: joins, Nth: h.nth, Reply: h.reply},
			began: time.Now(), by: by, done: make(chan struct{}), from: make(map[string]bool), maybe: make(map[string]bool),
		}
		h.asks[page] = a
	}
	h.mu.Unlock()
	if first {
		h.begin(a)
	}
	<-a.done
	h.mu.Lock()
	defer h.mu.Unlock()
	if a.best == nil {
		return ""
	}
	seal := a.best.Views.Seals[id]
	delete(a.best.Views.Seals, id)
	return seal
}

func (h *hops) putBack(page pageName, id, seal string, version uint64, joins uint32, users []string) {
	h.keeper.holdView(id, seal, visiting{
		name: page, users: users, views: heldViews{Seals: map[string]string{id: seal}, Version: version, Joins: joins},
		until: time.Now().Add(h.config.KeepTime),
	})
}

// begin sends a claim.
func (h *hops) begin(a *ask) {
	if views := h.keeper.releaseHeld(a.page()); len(views.Seals) > 0 { // older than what the page joined last, or of other views
		h.mu.Lock()
		a.best = &given{Views: views}
		h.mu.Unlock()
	}
	time.AfterFunc(claimWait, func() { h.settle(a, false) })
	time.AfterFunc(joinsWait, func() { h.forget(a) })
	if publish(h.config.PubSub, claimTopic, a.claim) != nil {
		h.settle(a, true)
	}
}

// settle ends a if there is nothing more to wait for, or if it is to be now.
func (h *hops) settle(a *ask, now bool) {
	h.mu.Lock()
	switch {
	case a.over:
		h.mu.Unlock()
		return
	case now:
	case len(a.from) > 0:
		h.wait(a)
		h.mu.Unlock()
		return
	case a.best != nil && !a.best.Views.isOld(a.Joins):
	case len(a.maybe) > 0:
		h.wait(a)
		h.mu.Unlock()
		return
	case time.Since(a.began) < claimWait:
		h.mu.Unlock()
		return
	}
	a.over = true
	waiting := a.waiting
	a.waiting = nil
	var past claims
	found := a.best != nil
	if found {
		past = a.best.Past
	}
	h.comes(a.page(), past)
	h.mu.Unlock()
	close(a.done)
	for _, c := range waiting {
		if found {
			h.serve(c)
		} else { // the page begins anew, and nobody else is to have it so
			h.answer(c, answerNo, "")
		}
	}
}

// comes notes that a page is here, or nowhere, after those claims; mu is held.
func (h *hops) comes(page pageName, past claims) {
	h.put(page, "")
	now := time.Now()
	h.past.Forget(now, joinsWait)
	all, _ := h.past.Get(page.text())
	all = maps.Clone(all)
	for topic, nth := range past {
		if all == nil {
			all = make(claims)
		}
		all[topic] = max(all[topic], nth)
	}
	if all != nil {
		h.past.Put(page.text(), all)
	}
}

// isPast reports whether the page has been where it is claimed since.
func (h *hops) isPast(c claim) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	past, _ := h.past.Get(c.page().text())
	return c.Nth <= past[c.Reply]
}

// put notes where a page goes; mu is held.
func (h *hops) put(page pageName, to string) {
	h.moved.Forget(time.Now(), joinsWait)
	h.moved.Put(page.text(), to)
}

// heardFrom notes that there is nothing more to come from a process; the lock of hops is held.
func (a *ask) heardFrom(topic string) {
	delete(a.from, topic)
	delete(a.maybe, topic)
}

// wait has a end when it has been waited for as long as is to be; mu is held.
func (h *hops) wait(a *ask) {
	if !a.long {
		a.long = true
		time.AfterFunc(giveWait, func() { h.settle(a, true) })
	}
}

func (h *hops) forget(a *ask) {
	h.settle(a, true)
	h.mu.Lock()
	defer h.mu.Unlock()
	if page := a.page(); h.asks[page] == a {
		delete(h.asks, page)
	}
}

// heard is called with what comes for this process.
func (h *hops) heard(info any) {
	switch info := info.(type) {
	case claim:
		h.claimed(info)
	case replied:
		h.hearReply(info)
	case given:
		h.take(info)
	}
}

// hearReply takes what another process says to a claim.
func (h *hops) hearReply(g replied) {
	h.mu.Lock()
	a := h.asks[pageName{g.Browser, g.Key}]
	if a == nil || a.over || a.Nth != g.Nth {
		h.mu.Unlock()
		return
	}
	follow := claim{}
	switch g.What {
	case answerHas:
		delete(a.maybe, g.From)
		a.from[g.From] = true
	case answerWaits:
		if h.reply > g.From {
			a.maybe[g.From] = true
		}
	case answerMoved:
		if g.To == h.reply { // it is on its way
			a.from[g.From] = true
			break
		}
		a.heardFrom(g.From)
		if !a.maybe[g.To] {
			a.maybe[g.To] = false
		}
		follow = a.claim
		follow.Direct = true
	case answerNo:
		a.heardFrom(g.From)
	}
	if len(a.from)+len(a.maybe) > 0 {
		h.wait(a)
	}
	h.mu.Unlock()
	if follow.Direct {
		_ = publish(h.config.PubSub, g.To, follow) // or it is as if that one had ended
		time.AfterFunc(claimWait, func() { h.giveUp(a, g.To) })
	}
	h.settle(a, false)
}

// giveUp doesn't wait any longer for a process that hasn't answered.
func (h *hops) giveUp(a *ask, topic string) {
	h.mu.Lock()
	if said, ok := a.maybe[topic]; ok && !said {
		delete(a.maybe, topic)
	}
	h.mu.Unlock()
	h.settle(a, false)
}

// take takes a page that another process gives.
func (h *hops) take(g given) {
	page := pageName{g.Browser, g.Key}
	h.mu.Lock()
	id := pageName{g.From, g.Nth}.text()
	h.taken.Forget(time.Now(), time.Hour)
	if _, again := h.taken.Get(id); again {
		h.mu.Unlock()
		return
	}
	h.taken.Put(id, struct{}{})
	h.mu.Unlock()
	if len(g.Views.Seals) > 0 {
		h.arrives(g, visiting{name: page, users: g.Users, views: g.Views, until: time.Now().Add(h.config.KeepTime)})
		return
	}
	h.mu.Lock()
	a := h.asks[page]
	if a != nil {
		a.heardFrom(g.From)
	}
	h.mu.Unlock()
	if a != nil {
		h.settle(a, false)
	}
}

// arrives takes a page that has come here: for who claims it, or for when that comes. It
// reports false if there is no room, or the page has begun anew here or changed elsewhere since.
func (h *hops) arrives(g given, v visiting) bool {
	page := v.name
	h.mu.Lock()
	a := h.asks[page]
	waited := a != nil && !a.over
	if waited {
		a.heardFrom(g.From)
		if a.best == nil || a.best.Views.Version < g.Views.Version {
			a.best = &g
		}
	}
	joins, changed := h.newer.Get(page.text())
	h.mu.Unlock()
	switch {
	case waited:
		h.settle(a, false)
		return true
	case h.keeper.has(page), changed && g.Views.Joins < joins:
		h.config.Logger.Debug("liveview: what a page was comes too late to the process that it has come to")
		return false
	case !h.keeper.hold(v):
		return false
	}
	h.mu.Lock()
	h.comes(page, g.Past)
	c, ok := h.early.Get(page.text())
	h.mu.Unlock()
	if ok && time.Since(c.heard) < claimWait {
		h.serve(c.claim) // who claimed it may not have found it where it was, either
	}
	return true
}

// claimed is called with each claim, this process's own included.
func (h *hops) claimed(info any) {
	c, ok := info.(claim)
	if !ok || c.Reply == h.reply || c.Reply == "" {
		return
	}
	if h.keeper.has(c.page()) {
		h.serve(c)
		return
	}
	h.mu.Lock()
	a := h.asks[c.page()]
	waits := a != nil && a.putOff(c)
	h.mu.Unlock()
	if waits {
		h.answer(c, answerWaits, "")
		return
	}
	h.serve(c)
}

// isGoing has c wait until a page is where it is on its way to, and reports whether it is.
func (h *hops) isGoing(c claim) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	waiting, ok := h.going[c.page()]
	if ok && len(waiting) < maxClaims {
		h.going[c.page()] = append(waiting, c)
	}
	return ok
}

// goes says that a page is about to go to a shelter: who claims it until it is there hears
// of it then.
func (h *hops) goes(page pageName) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.going[page] = []claim{}
}

// givesUp returns who claims a page that is about to go to a shelter, if somebody does: then
// it doesn't go there.
func (h *hops) givesUp(page pageName) (c claim, ok bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if waiting := h.going[page]; len(waiting) > 0 {
		h.going[page] = waiting[1:]
		return waiting[0], true
	}
	return claim{}, false
}

// gone says that a page has gone there; "" is nowhere.
func (h *hops) gone(page pageName, to string) {
	h.mu.Lock()
	waiting := h.going[page]
	delete(h.going, page)
	h.mu.Unlock()
	h.goesTo(page, to)
	for _, c := range waiting {
		if to == "" {
			h.answer(c, answerNo, "")
		} else if to != c.Reply {
			h.answer(c, answerMoved, to)
		}
	}
}

// stays says that a page doesn't go to a shelter: it has gone, or ended, before.
func (h *hops) stays(page pageName) {
	h.mu.Lock()
	waiting := h.going[page]
	delete(h.going, page)
	h.mu.Unlock()
	for _, c := range waiting {
		c.Direct = true
		h.serve(c)
	}
}

// putOff has c answered, in any case, once a is over. It reports false if it is, or if there are
// too many.
func (a *ask) putOff(c claim) bool {
	if a.over {
		return false
	}
	c.Direct = true
	i := slices.IndexFunc(a.waiting, func(other claim) bool { return other.Reply == c.Reply })
	switch {
	case i >= 0:
		a.waiting[i] = c
	case len(a.waiting) < maxClaims:
		a.waiting = append(a.waiting, c)
	default:
		return false
	}
	return true
}

// answer tells who claims a page what becomes of that.
func (h *hops) answer(c claim, what answerKind, to string) {
	// Who doesn't hear of it begins anew.
	_ = publish(h.config.PubSub, c.Reply, replied{Browser: c.Browser, Key: c.Key, Nth: c.Nth, From: h.reply, What: what, To: to})
}

// serve gives a page to who claims it, or says where it is.
func (h *hops) serve(c claim) {
	name := c.page()
	if h.isPast(c) {
		return
	}
	if h.isGoing(c) {
		h.answer(c, answerHas, "")
		return
	}
	before := h.goesTo(name, c.Reply) // and not only afterwards, for the next claim
	page := h.keeper.release(name, c.Joins)
	if page == nil {
		h.goesTo(name, before)
		switch {
		case before == c.Reply: // it is on its way there
		case before != "":
			h.answer(c, answerMoved, before)
		default:
			h.noteEarly(c)
			if c.Direct {
				h.answer(c, answerNo, "")
			}
		}
		return
	}
	h.answer(c, answerHas, "")
	h.give(c, page)
}

func (h *hops) noteEarly(c claim) {
	h.mu.Lock()
	defer h.mu.Unlock()
	now := time.Now()
	h.early.Forget(now, claimWait)
	h.early.Put(c.page().text(), early{c, now})
}

// give gives a page, which has been taken out of the keeper, to who claims it.
func (h *hops) give(c claim, page *keptPage) {
	g := h.givenOf(page)
	h.leave(page, func(views heldViews) {
		g.Views = views
		h.sendTo(c, g)
	})
}

func (h *hops) sendTo(c claim, g given) {
	if err := publish(h.config.PubSub, c.Reply, g); err != nil {
		h.config.Logger.Error("liveview: what a page was doesn't reach the process that it has come to", "err", err)
	}
}

// givenOf returns what is to be told of a page, but for its views.
func (h *hops) givenOf(page *keptPage) given {
	name := page.name()
	g := given{Browser: name.browser, Key: name.key, From: h.reply, Users: page.peer.allUsers(), Past: make(claims)}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.nth++
	g.Nth = h.nth
	past, _ := h.past.Get(name.text())
	maps.Copy(g.Past, past)
	if a := h.asks[name]; a != nil {
		g.Past[h.reply] = a.Nth
	}
	return g
}

// goesTo notes where a page goes, and returns where it went before; "" for nowhere.
func (h *hops) goesTo(page pageName, to string) (before string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	before, _ = h.moved.Get(page.text())
	h.put(page, to)
	return before
}

// leave calls done with what there is of a page, which has been taken out of the keeper, and
// of its views that haven't joined again since it came here.
func (h *hops) leave(page *keptPage, done func(heldViews)) {
	bounded := func(views heldViews) {
		if left := views.bound(maxGiven); len(left) > 0 {
			h.config.Logger.Error("liveview: views of a page begin anew at the process that it goes to, as all of them together are more than a message of the broker takes; "+
				"keep less in their states, or leave fields out of what is saved by the tag cbor:\"-\"", "ids", left, "bytes", maxGiven)
		}
		done(views)
	}
	views := page.held
	if views.Seals != nil {
		views.Seals = maps.Clone(views.Seals) // nobody else changes it any more
		page.letGo()
		bounded(views)
		return
	}
	channels := page.views()
	rest := h.keeper.releaseHeld(page.name())
	views.Joins, views.Seals = joinsOfPage(channels), rest.Seals
	if views.Seals == nil {
		views.Seals = make(map[string]string)
	}
	h.mu.Lock()
	if a := h.asks[page.name()]; a != nil && a.over && a.best != nil {
		maps.Copy(views.Seals, a.best.Views.Seals)
		for id := range a.best.Views.Seals {
			if !slices.ContainsFunc(channels, func(ch *channel) bool { return viewID(ch.topic) == id }) { // or it is about to be taken
				delete(a.best.Views.Seals, id)
			}
		}
	}
	h.mu.Unlock()
	for _, ch := range channels { // what it has is newer
		delete(views.Seals, viewID(ch.topic))
	}
	collect(channels, views, bounded)
}
