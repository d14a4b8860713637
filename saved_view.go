package liveview

import (
	"cmp"
	"errors"
	"hash/maphash"
	"time"

	"github.com/gin-liveview/liveview/internal/saved"
	"github.com/gin-liveview/liveview/internal/sign"
)

// savedView is what the view that comes next is to know of one that ends: whose it was,
// and what the visitor had.
type savedView struct {
	View    string         `cbor:"1,keyasint"` // its type
	User    string         `cbor:"2,keyasint,omitempty"`
	Group   string         `cbor:"3,keyasint,omitempty"`
	URL     string         `cbor:"4,keyasint"`
	Saved   int64          `cbor:"5,keyasint"` // when, in Unix milliseconds
	Version uint64         `cbor:"6,keyasint"` // grows with each save of one page's: see nextVersion
	State   savedState     `cbor:"7,keyasint"`
	Parts   []savedPart    `cbor:"8,keyasint,omitempty"`
	Title   string         `cbor:"9,keyasint,omitempty"`
	Flash   []FlashMessage `cbor:"10,keyasint,omitempty"`
	Topics  []string       `cbor:"11,keyasint,omitempty"` // that it subscribed to
	Before  uint32         `cbor:"12,keyasint,omitempty"` // see past.before

	// latest says that nobody else can have anything newer: the page has brought it along from
	// the view that it joined last, and hasn't tried to join another since.
	latest bool
}

// savedPart is a live component of a view that is saved.
type savedPart struct {
	Key   string     `cbor:"1,keyasint"` // of its kind and id
	State savedState `cbor:"2,keyasint"`
}

// past is what a channel knows of what was saved before it, and of what it has saved.
type past struct {
	inherited *savedView // from the view before, in this process; nil for none
	found     *savedView // of the view before, which waits for the next one to mount; nil for none

	// before is how often the page had joined, with other views of this one's id, when this one
	// first did: with each one that it has left by live navigation it is more. A nested view's is
	// that of the view that it is nested in, as the official client begins to count its joins at
	// that one's (phoenix_live_view/assets/js/phoenix_live_view/view.ts, the constructor).
	before uint32

	version uint64 // of what was last saved, or brought along
	stored  uint64 // sum of what was last stored; 0 for nothing
	brought string // the id of the seal that it came in, until the view changes; "" for none
	given   bool   // what was saved of the view before was given to it
	dropped bool   // it wasn't, or couldn't be
}

// joinsBefore returns before; p may be nil.
func (p *past) joinsBefore() uint32 {
	if p == nil {
		return 0
	}
	return p.before
}

// awaits returns what there is of the view before, if the channel's own hasn't been given it;
// nil for nothing.
func (p *past) awaits() *savedView { return cmp.Or(p.found, p.inherited) }

// seal returns v such that it can be read and written by processes of this application
// alone, for the view of that id in that browser's page: by another name nobody would know
// what is newer.
func (v *savedView) seal(s *sign.Signer, id string, page pageName) (string, error) {
	data, err := saved.Marshal(v)
	if err != nil {
		return "", err
	}
	return s.Seal(sign.State, data, id, page.text()), nil
}

var errOldSeal = errors.New("it is too old")

// openSeal reverses seal.
func openSeal(s *sign.Signer, seal, id string, page pageName) (*savedView, error) {
	data, err := s.Open(sign.State, seal, id, page.text())
	if err != nil {
		return nil, err
	}
	v := &savedView{}
	if err := saved.Unmarshal(data, v); err != nil {
		return nil, err
	}
	return v, nil
}

// isOfLate returns an error if v wasn't saved within age before now, or after it, as the
// clocks of two processes may differ.
func (v *savedView) isOfLate(now time.Time, age time.Duration) error {
	if since := now.Sub(v.savedAt()); since > age || since < -age {
		return errOldSeal
	}
	return nil
}

func (v *savedView) savedAt() time.Time { return time.UnixMilli(v.Saved) }

// sum is the same for what is the same, whenever it is saved.
func (v *savedView) sum() uint64 {
	var h maphash.Hash
	h.SetSeed(savedSeed)
	put := func(parts ...string) {
		for _, p := range parts {
			maphash.WriteComparable(&h, p)
		}
	}
	put(v.URL, v.Title, string(v.State.Data))
	for _, p := range v.Parts {
		put(p.Key, string(p.State.Data))
	}
	for _, m := range v.Flash {
		put(m.Kind, m.Text)
	}
	return max(h.Sum64(), 1)
}

// size is about how many bytes v takes.
func (v *savedView) size() int64 {
	n := 200 + len(v.State.Data) + len(v.URL) + len(v.Title)
	for _, p := range v.Parts {
		n += 100 + len(p.State.Data)
	}
	return int64(n)
}

// isFor reports whether what was saved is for the view that is mounted in p: one of the
// same type, for the same user.
func (v *savedView) isFor(p *page) bool {
	return v.View == p.route.view && v.User == p.user && v.Group == p.group
}

var savedSeed = maphash.MakeSeed()
