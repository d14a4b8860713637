package engine

import (
	"fmt"
	"reflect"
	"strconv"

	"github.com/gin-liveview/liveview/internal/htmlscan"
)

// liveSum is what a cell holds of the component with that number.
func liveSum(cid int) uint64 { return mix(4, uint64(cid)) }

// livePlace is the action that shows a live component.
type livePlace struct {
	kind  LiveKind
	saved bool // so is the kind
	at    *where

	id      func(r *run, fr *frame) (id, key uint64) // evaluates it; nil: pureID and pureKey do
	pureID  func(fr *frame) uint64
	pureKey func(fr *frame) uint64

	props operand // what is given, once prep was evaluated, if the kind takes something
	prep  *prep   // may be nil
	flat  *flat   // what props are; nil if they can't be told apart
}

func (l *livePlace) writesMarkup(htmlscan.Context) bool { return true }

// placed evaluates the action.
func (l *livePlace) placed(r *run, fr *frame) Placed {
	p := Placed{Kind: l.kind, Parent: r.self, at: l.at}
	if l.id != nil {
		p.ID, p.Key = l.id(r, fr)
	} else {
		p.ID = l.pureID(fr)
		if l.saved {
			p.Key = l.pureKey(fr)
		}
	}
	if l.prep != nil {
		r.prepare(fr, l.prep)
	}
	if t := l.kind.Props(); t != nil {
		p.Props = l.fitting(fr.value(&l.props), t)
		if !p.Props.CanAddr() {
			own := reflect.New(t).Elem()
			own.Set(p.Props)
			p.Props = own
		}
		if l.flat != nil {
			p.Sum = l.flat.hash(pointerTo(p.Props.Addr())) | 1
		}
	}
	return p
}

// fitting returns v as the type that the kind is given.
func (l *livePlace) fitting(v reflect.Value, t reflect.Type) reflect.Value {
	for v.IsValid() && v.Type() != t {
		switch {
		case v.Type().AssignableTo(t):
			own := reflect.New(t).Elem()
			own.Set(v)
			return own
		case v.Kind() == reflect.Interface, v.Kind() == reflect.Pointer:
			v = v.Elem()
		default:
			panic(renderError{err: fmt.Errorf("the component is given a %s, where it wants a %s", v.Type(), t)})
		}
	}
	if !v.IsValid() {
		panic(renderError{err: fmt.Errorf("the component is given nothing, where it wants a %s", t)})
	}
	return v
}

// purely is placed for a pure block.
func (l *livePlace) purely(s *scratch, fr *frame) Placed {
	p := Placed{Kind: l.kind, ID: l.pureID(fr), Parent: s.self, at: l.at}
	if l.saved {
		p.Key = l.pureKey(fr)
	}
	if t := l.kind.Props(); t != nil {
		p.Props = valueAt(t, fr.must(&l.props.at))
		p.Sum = l.flat.hash(fr.must(&l.props.at)) | 1
	}
	return p
}

// html appends what stands for the component: those that are new are updated together,
// before any of them shows itself.
func (l *livePlace) html(dst []byte, r *run, fr *frame) ([]byte, control) {
	if r.host == nil {
		panic(renderError{err: errNoHost})
	}
	p := l.placed(r, fr)
	if l.id == nil {
		p.Key = l.pureKey(fr)
	}
	cid, _ := r.host.Place(p)
	return AppendMark(dst, cid), ran
}

func (l *livePlace) record(r *run, fr *frame, _ *cell) control {
	if r.host == nil {
		panic(renderError{err: errNoHost})
	}
	p := l.placed(r, fr)
	cid := 0
	if r.find {
		cid = r.host.Find(p.Kind, p.ID)
	} else {
		cid, _ = r.host.Place(p)
	}
	r.push(item{kind: itemLive, next: int32(len(r.items) + 1), count: int32(cid), sum: liveSum(cid)})
	return ran
}

func (l *livePlace) shows() ([]*block, bool) { return nil, true }

func (l *livePlace) full(dst []byte, s *scratch, fr *frame) []byte {
	cid := 0
	switch {
	case s.host == nil:
		return append(dst, `""`...)
	case s.find:
		cid = s.host.Find(l.kind, l.pureID(fr))
	default:
		cid, _ = s.host.Place(l.purely(s, fr))
	}
	return strconv.AppendInt(dst, int64(cid), 10)
}

func (l *livePlace) diff(dst []byte, s *scratch, dyn int, now, old *frame) []byte {
	if s.host == nil {
		return dst
	}
	cid, created := s.host.Place(l.purely(s, now))
	if !created && l.pureID(now) == l.pureID(old) {
		return dst
	}
	return append(strconv.AppendInt(appendKey(dst, dyn), int64(cid), 10), ',')
}
