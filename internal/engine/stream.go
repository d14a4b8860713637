package engine

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"strconv"
)

// Stream is what has been asked for of a list that the client keeps and the
// server doesn't. It is a value: what is asked of a copy isn't asked of the
// original. The zero value is a list of which nothing was asked.
//
// A struct whose first field is a Stream is a stream to pages, and ranged over by
// its method All, an iter.Seq2 of ids and items.
type Stream struct {
	log  *streamLog
	last *streamOp // the newest operation, which leads to those before
}

// streamLog is which stream it is: all copies share it.
type streamLog struct {
	key       *streamKey
	id        func(item any) string // chosen by the application, given a pointer to the item; nil: not
	name      string                // what ids begin with; empty until the stream was found in a state
	mark      uint64                // random: not that of another
	ref       int                   // the number by which the client knows the stream; 0: none yet
	cid       int                   // of the component that it is in; 0: none, it is the page's
	live      bool                  // what is rendered goes to a client that keeps the list
	shown     bool                  // in the rendering that is under way
	ranged    bool                  // a component asked for its entries
	container string                // the id of the element around the entries, where a component shows them
	some      bool                  // the client may show entries
	none      bool                  // it stands for a stream of which nothing was ever asked
	warned    bool                  // that they were lost
}

// streamOp is one operation. What isn't set to its kind's isn't read.
type streamOp struct {
	prev  *streamOp // nil: it is the first since the stream was last shown
	kind  streamKind
	done  bool   // the client has been told; nothing else is set any more
	items any    // what is inserted or deleted: a *T, or a []T
	id    string // of what is deleted
	at    int    // the place among the children of the container; negative: the end
	limit int    // of the entries that stay: the first ones, or if negative the last; 0: all
}

type streamKind uint8

const (
	streamInsert streamKind = iota
	streamUpdate            // of an entry that is there, and of no other
	streamDelete
	streamDeleteID
	streamReset // followed by the inserts
)

// of makes sure that there is a log, for items of a type.
func (s *Stream) of(elem reflect.Type) {
	if s.log == nil {
		s.log = &streamLog{key: streamKeyOf(elem), mark: rand.Uint64()}
	}
}

func (s *Stream) add(elem reflect.Type, op *streamOp) {
	s.of(elem)
	op.prev = s.pending()
	s.last = op
}

// pending returns the newest operation that the client wasn't told of.
func (s *Stream) pending() *streamOp {
	if s.last != nil && s.last.done {
		return nil
	}
	return s.last
}

// Insert puts items, a pointer to one or a slice of them, which stays as it is from
// then on, at a place among the entries, negative for the end. Limit is how many
// entries stay, from the start or if negative from the end; 0 is all.
func (s *Stream) Insert(elem reflect.Type, items any, at, limit int) {
	s.add(elem, &streamOp{kind: streamInsert, items: items, at: max(at, -1), limit: limit})
}

// Update replaces the entry that has the item's id, if there is one.
func (s *Stream) Update(elem reflect.Type, item any) {
	s.add(elem, &streamOp{kind: streamUpdate, items: item, at: -1})
}

// Delete takes out the entry that has the item's id.
func (s *Stream) Delete(elem reflect.Type, item any) {
	s.add(elem, &streamOp{kind: streamDelete, items: item})
}

// DeleteID takes out the entry with an id.
func (s *Stream) DeleteID(elem reflect.Type, id string) {
	s.add(elem, &streamOp{kind: streamDeleteID, id: id})
}

// Reset takes out all entries.
func (s *Stream) Reset(elem reflect.Type) { s.add(elem, &streamOp{kind: streamReset}) }

// Identify chooses the ids: id is given a pointer to an item.
func (s *Stream) Identify(elem reflect.Type, id func(item any) string) {
	s.of(elem)
	s.log.id = id
}

// streamEntry is one entry that is to be sent.
type streamEntry struct {
	id     string
	item   pointer
	at     int
	limit  int
	update bool // only if it is there
}

// streamChange is what the operations come to: the client resets first, then
// deletes, then inserts in their order, and takes no id twice.
type streamChange struct {
	reset   bool
	deletes []string
	inserts []streamEntry
}

func (ch *streamChange) isEmpty() bool { return !ch.reset && len(ch.deletes)+len(ch.inserts) == 0 }

// change returns what is to be sent.
func (s *Stream) change() (ch streamChange, err error) {
	last := s.pending()
	if last == nil {
		return ch, nil
	}
	if last.prev == nil && last.isOne(s.log.key.elem) { // by far the most frequent
		switch last.kind {
		case streamInsert:
			err = s.log.each(last, func(e streamEntry) { ch.inserts = []streamEntry{e} })
			return ch, err
		case streamDelete:
			err = s.log.each(last, func(e streamEntry) { ch.deletes = []string{e.id} })
			return ch, err
		case streamDeleteID:
			ch.deletes = []string{last.id}
			return ch, nil
		}
	}
	var ops []*streamOp
	for op := last; op != nil; op = op.prev {
		ops = append(ops, op)
		if op.kind == streamReset {
			break // what was asked for before is gone with the entries
		}
	}
	m := streamMerge{places: map[string]int{}, deleted: map[string]bool{}}
	for _, op := range slices.Backward(ops) {
		if err := m.add(s.log, op); err != nil {
			return streamChange{}, err
		}
	}
	return m.change(), nil
}

// streamMerge makes one change of several operations.
type streamMerge struct {
	reset   bool
	inserts []streamEntry
	gone    []bool         // of the inserts: others came in their places
	places  map[string]int // of the inserts, by their ids
	deletes []string
	deleted map[string]bool // in deletes
}

func (m *streamMerge) add(log *streamLog, op *streamOp) error {
	switch op.kind {
	case streamReset:
		m.reset = true
		return nil
	case streamDeleteID:
		m.remove(op.id)
		return nil
	case streamDelete:
		return log.each(op, func(e streamEntry) { m.remove(e.id) })
	default:
		return log.each(op, m.insert)
	}
}

func (m *streamMerge) remove(id string) {
	m.drop(id)
	if !m.reset && !m.deleted[id] {
		m.deleted[id] = true
		m.deletes = append(m.deletes, id)
	}
}

func (m *streamMerge) drop(id string) {
	if i, pending := m.places[id]; pending {
		m.gone[i] = true
		delete(m.places, id)
	}
}

func (m *streamMerge) insert(e streamEntry) {
	i, pending := m.places[e.id]
	switch {
	case !e.update:
		m.drop(e.id)
	case pending: // it stays where it is to come
		m.inserts[i].item = e.item
		return
	case m.reset || m.deleted[e.id]:
		return // it isn't there
	}
	m.places[e.id] = len(m.inserts)
	m.inserts, m.gone = append(m.inserts, e), append(m.gone, false)
}

func (m *streamMerge) change() streamChange {
	ch := streamChange{reset: m.reset, deletes: m.deletes}
	if len(m.places) == len(m.inserts) {
		ch.inserts = m.inserts
		return ch
	}
	for i, e := range m.inserts {
		if !m.gone[i] {
			ch.inserts = append(ch.inserts, e)
		}
	}
	return ch
}

// places returns the address of the first of an operation's items.
func (op *streamOp) places(elem reflect.Type) (first pointer, n int) {
	v := reflect.ValueOf(op.items)
	if v.Kind() == reflect.Slice && v.Type().Elem() == elem {
		return pointerTo(v), v.Len()
	}
	return pointerTo(v), 1
}

// isOne reports whether an operation is about a single entry.
func (op *streamOp) isOne(elem reflect.Type) bool {
	if op.items == nil {
		return op.kind == streamDeleteID
	}
	_, n := op.places(elem)
	return n == 1
}

// each calls yield for the items of an operation, in the order in which they are to
// be sent: those that come to a place at last first, so that none has to know how
// many of the others were there before.
func (log *streamLog) each(op *streamOp, yield func(streamEntry)) error {
	elem := log.key.elem
	first, n := op.places(elem)
	for i := range n {
		if op.at >= 0 {
			i = n - 1 - i
		}
		p := add(first, uintptr(i)*elem.Size())
		id, err := log.idOf(p)
		if err != nil {
			return err
		}
		yield(streamEntry{id: id, item: p, at: op.at, limit: op.limit, update: op.kind == streamUpdate})
	}
	return nil
}

// idOf returns the id of an item's element.
func (log *streamLog) idOf(p pointer) (string, error) {
	if log.id != nil {
		return log.id(valueAt(log.key.elem, p).Addr().Interface()), nil
	}
	name := log.name
	if name == "" {
		name = dashed(log.key.typeName())
	}
	b := append(make([]byte, 0, 64), name...)
	b, err := log.key.appendTo(append(b, '-'), p)
	return string(b), err
}

// taken notes that the client was told of what the stream was asked for. Nothing of it
// is kept.
func (s *Stream) taken() {
	for op := s.last; op != nil && !op.done; {
		prev := op.prev
		*op = streamOp{done: true}
		op = prev
	}
}

// Range calls yield with the id of each entry and a pointer to its item: for a live
// page of those that are to be sent, in that order; else of those that the list has
// then, in theirs. It panics with an error if an item has no id.
func (s *Stream) Range(yield func(id string, item any) bool) {
	ch, err := s.change()
	if err != nil {
		panic(err)
	}
	if s.log == nil {
		return
	}
	s.log.ranged = true
	inserts := ch.inserts
	if !s.log.live {
		inserts = ch.arranged()
	}
	for _, e := range inserts {
		if !yield(e.id, valueAt(s.log.key.elem, e.item).Addr().Interface()) {
			return
		}
	}
}

// arranged returns the entries in the order that they have on a page which had none
// before.
func (ch *streamChange) arranged() []streamEntry {
	var list []streamEntry
	for i := 0; i < len(ch.inserts); i++ {
		e := ch.inserts[i]
		switch {
		case e.update:
		case e.at < 0 || e.at >= len(list):
			list = append(list, e)
		default:
			run := i + 1 // several at one place, the last of them first
			for run < len(ch.inserts) && ch.inserts[run].at == e.at && !ch.inserts[run].update {
				run++
			}
			block := slices.Clone(ch.inserts[i:run])
			slices.Reverse(block)
			list = slices.Insert(list, e.at, block...)
			i = run - 1
		}
	}
	return list
}

// streamScope is where streams are: a view's page, or a live component of it.
// All that tells the streams of one from those of another is made here.
type streamScope struct{ cid int }

// ref is what the client knows the stream with a number by.
func (sc streamScope) ref(number int) string {
	if sc.cid > 0 {
		return strconv.Itoa(sc.cid) + "-" + strconv.Itoa(number-1)
	}
	return strconv.Itoa(number - 1)
}

// prefix is what the ids of a stream begin with that is at a path of fields.
func (sc streamScope) prefix(path string) string {
	if sc.cid > 0 {
		return path + "-" + strconv.Itoa(sc.cid)
	}
	return path
}

// streamRecord is a stream on a tape.
type streamRecord struct {
	stream Stream
	change streamChange
	where  *where // nil: a component shows it
}

// appendJSON appends the member "stream", with a comma after it.
func (ch *streamChange) appendJSON(dst []byte, ref string) []byte {
	dst = append(dst, `"stream":["`...)
	dst = append(append(dst, ref...), `",[`...)
	for i := range ch.inserts {
		if i > 0 {
			dst = append(dst, ',')
		}
		e := &ch.inserts[i]
		dst = appendString(append(dst, '['), e.id)
		dst = strconv.AppendInt(append(dst, ','), int64(e.at), 10)
		if e.limit == 0 {
			dst = append(dst, ",null,"...)
		} else {
			dst = append(strconv.AppendInt(append(dst, ','), int64(e.limit), 10), ',')
		}
		dst = append(strconv.AppendBool(dst, e.update), ']')
	}
	dst = append(dst, "],["...)
	for i, id := range ch.deletes {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendString(dst, id)
	}
	dst = append(dst, ']')
	if ch.reset { // else the member is left out: whatever stands there is a reset
		dst = append(dst, ",true"...)
	}
	return append(dst, ']', ',')
}

var streamType = reflect.TypeFor[Stream]()

// streamElem returns the type of the items if t is a stream to pages, and nil
// otherwise.
func streamElem(t reflect.Type) reflect.Type {
	if t == nil || t.Kind() != reflect.Struct || t.NumField() == 0 || t.Field(0).Type != streamType {
		return nil
	}
	all, ok := t.MethodByName(streamMethod)
	if !ok || all.Type.NumOut() != 1 || !all.Type.Out(0).CanSeq2() {
		return nil
	}
	return all.Type.Out(0).In(0).In(1)
}

// streamAt returns the stream at p.
func streamAt(p pointer) *Stream { return valueAt(streamType, p).Addr().Interface().(*Stream) }

// streamMethod is the method by which pages range over a stream.
const streamMethod = "All"

func joinDashed(path, name string) string {
	if path == "" || name == "" {
		return path + name
	}
	return path + "-" + name
}
