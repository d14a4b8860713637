package liveview

import (
	"context"
	"crypto/rand"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/gin-liveview/liveview/internal/recent"
	"github.com/gin-liveview/liveview/pubsub"
)

// A page that has no socket when its process ends can't be given its state to bring along. So
// another process takes it in, over Config.PubSub: what there is of it, sealed, for as long
// as the page would have been kept here, and gives it to whoever claims it.

const (
	// shelterTopic carries to all processes that one has pages to be taken in.
	shelterTopic = ownTopics + "shelter"

	// shelterWait is how long a process that ends waits for others to say that they have room,
	// and shelteredWait how long for one to say that it has taken a page in.
	shelterWait   = 200 * time.Millisecond
	shelteredWait = 2 * time.Second

	// maxSheltering is how many pages may be on their way at once.
	maxSheltering = 64

	// maxOffers is how many processes are listened to that have room.
	maxOffers = 1024
)

func init() {
	pubsub.Register[roomWanted]("liveview.roomWanted")
	pubsub.Register[offer]("liveview.offer")
	pubsub.Register[sheltered]("liveview.sheltered")
	pubsub.Register[shelteredAnswer]("liveview.shelteredAnswer")
}

// roomWanted asks who has room for pages.
type roomWanted struct{ Reply string }

// offer says so.
type offer struct {
	From   string // the topic to send pages to
	Claims string // the topic for who claims one
	Room   room
}

// sheltered is a page that is to be taken in.
type sheltered struct {
	Page    given
	Address string        // it was kept for; "" for none
	Left    time.Duration // for which it is to be kept
	Reply   string        // the topic of who sends it
	Nth     uint64        // of what that sends
}

// shelteredAnswer says whether it was.
type shelteredAnswer struct {
	Nth   uint64
	Taken bool
}

// shelters has pages taken in by other processes, and takes theirs in.
type shelters struct {
	*app
	hops  *hops
	reply string // the topic of this process

	mu      sync.Mutex // guards the fields below. Nothing is locked under it.
	leaving []*keptPage
	runs    bool // a goroutine works leaving off
	offers  []offer
	asked   bool                        // for offers, less than shelteredWait ago
	first   chan struct{}               // closed with the first offer
	sent    map[uint64]func(taken bool) // what is on its way
	nth     uint64                      // of the last one
	taken   recent.Map[bool]            // what was taken in of late
}

// newShelters has the pages of h's keeper be taken in by others, if there are any.
func newShelters(h *hops) {
	if h.reply == "" {
		return
	}
	s := &shelters{app: h.app, hops: h, reply: ownTopics + "sheltered:" + rand.Text(), sent: make(map[uint64]func(bool))}
	for topic, hear := range map[string]func(any){s.reply: s.heard, shelterTopic: s.wanted} {
		if _, err := subscribe(s.config.PubSub, topic, hear); err != nil {
			s.config.Logger.Error("liveview: pages without a connection end with their process, as Config.PubSub takes no subscription", "err", err)
			return
		}
	}
	h.keeper.handOn = s.handOn
}

// wanted is called when a process has pages to be taken in.
func (s *shelters) wanted(info any) {
	w, ok := info.(roomWanted)
	if !ok || w.Reply == s.reply || s.hops.keeper.home().isDraining() {
		return
	}
	s.hops.keeper.mu.Lock()
	r := s.hops.keeper.room()
	s.hops.keeper.mu.Unlock()
	if r.Pages > 0 && r.Bytes > 0 {
		_ = publish(s.config.PubSub, w.Reply, offer{From: s.reply, Claims: s.hops.reply, Room: r}) // who doesn't hear of it asks others
	}
}

// heard is called with what comes for this process.
func (s *shelters) heard(info any) {
	switch info := info.(type) {
	case offer:
		s.mu.Lock()
		if s.asked && len(s.offers) < maxOffers {
			s.offers = append(s.offers, info)
		}
		if s.first != nil {
			close(s.first)
			s.first = nil
		}
		s.mu.Unlock()
	case sheltered:
		s.takeIn(info)
	case shelteredAnswer:
		s.answered(info.Nth, info.Taken)
	}
}

func (s *shelters) answered(nth uint64, taken bool) {
	s.mu.Lock()
	then := s.sent[nth]
	delete(s.sent, nth)
	s.mu.Unlock()
	if then != nil {
		then(taken)
	}
}

// takeIn keeps a page for another process, if there is room.
func (s *shelters) takeIn(p sheltered) {
	id := pageName{p.Reply, p.Nth}.text()
	s.mu.Lock()
	s.taken.Forget(time.Now(), time.Hour)
	taken, again := s.taken.Get(id)
	if !again {
		s.taken.Put(id, false) // until it is
	}
	s.mu.Unlock()
	if !again {
		address, _ := netip.ParseAddr(p.Address)
		taken = !s.hops.keeper.home().isDraining() && s.hops.arrives(p.Page, visiting{
			name: pageName{p.Page.Browser, p.Page.Key}, users: p.Page.Users, address: address, views: p.Page.Views,
			until: time.Now().Add(min(p.Left, s.config.KeepTime)),
		})
		s.mu.Lock()
		s.taken.Put(id, taken)
		s.mu.Unlock()
	}
	_ = publish(s.config.PubSub, p.Reply, shelteredAnswer{Nth: p.Nth, Taken: taken}) // who doesn't hear of it waits for a while
}

// handOn has a page taken in by another process, or forgets it.
func (s *shelters) handOn(page *keptPage) {
	page.mu.Lock()
	again := page.leaving
	page.leaving = true
	page.mu.Unlock()
	if again {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.leaving = append(s.leaving, page)
	if !s.runs {
		s.runs = true
		go s.run() // ends when no page is left
	}
}

// run works off what is to be taken in.
func (s *shelters) run() {
	room := make(chan struct{}, maxSheltering)
	for {
		s.mu.Lock()
		if len(s.leaving) == 0 {
			s.runs = false
			s.mu.Unlock()
			return
		}
		page := s.leaving[0]
		s.leaving = s.leaving[1:]
		s.mu.Unlock()
		to, ok := s.shelter()
		if !ok {
			page.forget()
			page.arrived()
			continue
		}
		room <- struct{}{}
		s.send(page, to, func() { <-room })
	}
}

// shelter returns a process that has room, once one is known; ok reports whether there is one.
func (s *shelters) shelter() (to offer, ok bool) {
	s.mu.Lock()
	if !s.asked {
		s.asked, s.offers = true, nil
		time.AfterFunc(shelteredWait, func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.asked = false
		})
		first := make(chan struct{})
		s.first = first
		s.mu.Unlock()
		ctx, cancel := context.WithTimeout(context.Background(), shelterWait)
		if publish(s.config.PubSub, shelterTopic, roomWanted{Reply: s.reply}) == nil {
			select {
			case <-first:
			case <-ctx.Done():
			}
		}
		cancel()
		s.mu.Lock()
		s.first = nil
	}
	s.mu.Unlock()
	return s.next()
}

// next returns the process that has the most room of those that are known.
func (s *shelters) next() (to offer, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	most := -1
	for i, o := range s.offers {
		if o.Room.Pages > 0 && (most < 0 || o.Room.Pages > s.offers[most].Room.Pages) {
			most = i
		}
	}
	if most < 0 {
		return offer{}, false
	}
	s.offers[most].Room.Pages--
	return s.offers[most], true
}

// full notes that a process has no room after all.
func (s *shelters) full(o offer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.offers = slices.DeleteFunc(s.offers, func(other offer) bool { return other.From == o.From })
}

// send sends a page to a process, and calls then when that has it, or hasn't said so for long.
// Who claims it before it is sent has it.
func (s *shelters) send(page *keptPage, to offer, then func()) {
	h, name := s.hops, page.name()
	done := func(to string) {
		h.gone(name, to)
		page.arrived()
		then()
	}
	h.goes(name)
	if h.keeper.take(name, func(other *keptPage) bool { return other == page }) == nil { // it has been claimed, or has ended
		h.stays(name)
		page.arrived()
		then()
		return
	}
	p := sheltered{Page: h.givenOf(page), Left: time.Until(page.until), Reply: s.reply}
	if page.address.IsValid() {
		p.Address = page.address.String()
	}
	h.leave(page, func(views heldViews) {
		p.Page.Views = views
		if c, ok := h.givesUp(name); ok {
			h.sendTo(c, p.Page)
			done(c.Reply)
			return
		}
		if len(views.Seals) == 0 {
			done("")
			return
		}
		s.sendTo(p, to, done)
	})
}

func (s *shelters) sendTo(p sheltered, to offer, done func(to string)) {
	s.mu.Lock()
	s.nth++
	nth := s.nth
	p.Nth = nth
	s.sent[nth] = func(taken bool) {
		if taken {
			done(to.Claims)
			return
		}
		s.full(to)
		if next, ok := s.next(); ok {
			s.sendTo(p, next, done)
			return
		}
		done("")
	}
	s.mu.Unlock()
	if err := publish(s.config.PubSub, to.From, p); err != nil {
		s.config.Logger.Error("liveview: a page without a connection isn't taken in by another process, and begins anew", "err", err)
		s.answered(nth, true)
		return
	}
	time.AfterFunc(shelteredWait, func() { s.answered(nth, true) }) // it may have it all the same, so nobody else may
}
