package engine

import "strconv"

// The functions here append members with a comma after each; what encloses
// them takes the last comma away, or itself, if nothing was appended.

// closeObject ends the object whose key begins at mark and whose members begin
// at opened: it takes
// the whole back if the object is empty.
func closeObject(dst []byte, mark, opened int) ([]byte, bool) {
	if len(dst) == opened {
		return dst[:mark], false
	}
	dst[len(dst)-1] = '}'
	return append(dst, ','), true
}

// members appends the dynamics of the block held in n that differ from the
// items that begin at i.
func (r *run) members(dst []byte, i int, n *node) []byte {
	for dyn := range n.cells {
		dst = r.member(dst, dyn, i, &n.cells[dyn])
		i = int(r.items[i].next)
	}
	return dst
}

// member appends one dynamic, item i, if it differs from what c holds.
func (r *run) member(dst []byte, dyn, i int, c *cell) []byte {
	it := &r.items[i]
	switch it.kind {
	case itemKept:
		return dst
	case itemText:
		if c.node == nil && c.sum == it.sum {
			return dst
		}
	default:
		if c.node == nil || c.node.block != it.block {
			if it.kind != itemNode && it.count == 0 && c.node == nil && c.sum == emptySum {
				return dst // an empty list where the client holds no text
			}
			break
		}
		mark := len(dst)
		dst = append(appendKey(dst, dyn), '{')
		opened := len(dst)
		switch it.kind {
		case itemNode:
			dst = r.members(dst, i+1, c.node)
		case itemList:
			dst = r.listMember(dst, i, c.node.list)
		case itemRows:
			dst = r.rowsMember(dst, it, c.node.list)
		}
		dst, _ = closeObject(dst, mark, opened)
		return dst
	}
	dst = r.full(appendKey(dst, dyn), i, c)
	return append(dst, ',')
}

// full appends item i as the client must receive it if it holds nothing there,
// and notes in c that it does now.
func (r *run) full(dst []byte, i int, c *cell) []byte {
	it := &r.items[i]
	*c = cell{sum: emptySum}
	switch it.kind {
	case itemText:
		c.sum = it.sum
		return appendString(dst, r.buf[it.off:it.end])
	case itemNode:
		c.node = &node{block: it.block}
		dst = r.fullMembers(append(dst, '{'), i+1, c.node)
	case itemList, itemRows:
		if it.count == 0 {
			return append(dst, `""`...)
		}
		c.node = &node{block: it.block, list: &list{}}
		dst = append(dst, '{')
		if it.kind == itemList {
			dst = r.listMember(dst, i, c.node.list)
		} else {
			dst = r.rowsMember(dst, it, c.node.list)
		}
		dst = append(dst, it.block.statics...)
		return append(dst, '}')
	}
	return closeNode(dst, it.block)
}

// closeNode ends the object of a node sent in full.
func closeNode(dst []byte, b *block) []byte {
	dst = append(dst, b.statics...)
	if b.root {
		dst = append(dst, `,"r":1`...)
	}
	return append(dst, '}')
}

// fullMembers appends all dynamics of the block of n and fills its cells.
func (r *run) fullMembers(dst []byte, i int, n *node) []byte {
	n.cells = make([]cell, n.block.dyns)
	for dyn := range n.cells {
		dst = r.full(appendKey(dst, dyn), i, &n.cells[dyn])
		dst = append(dst, ',')
		i = int(r.items[i].next)
	}
	return dst
}

// listMember appends the member "k" of the comprehension at item i, if the
// client's differs.
func (r *run) listMember(dst []byte, i int, l *list) []byte {
	it := r.items[i]
	n, oldN := int(it.count), len(l.entries)
	base := len(r.ints)
	r.ints = append(r.ints, make([]int32, 2*n)...)
	match, starts := r.ints[base:base+n], r.ints[base+n:base+2*n]
	inPlace := 0
	for j, at := 0, i+1; j < n; j++ {
		starts[j] = int32(at)
		match[j] = -1
		if j < oldN && l.entries[j].sum == r.items[at].sum {
			match[j] = int32(j)
			inPlace++
		}
		at = int(r.items[at].next)
	}
	keyed := it.keyed
	if inPlace < n && oldN > 0 {
		matchRest(match, oldN, keyed,
			func(j int) uint64 { return l.entries[j].sum },
			func(j int) uint64 { return r.items[starts[j]].sum })
	}
	old := l.entries
	if inPlace < n || n != oldN {
		l.entries = make([]entry, n)
	}
	mark := len(dst)
	dst = append(dst, `"k":{`...)
	opened := len(dst)
	moved := false
	for j := range n {
		at := int(starts[j])
		from := int(match[j])
		sum := r.items[at].sum
		if from < 0 {
			e := entry{sum: sum, node: &node{block: it.block}}
			dst = append(appendKey(dst, j), '{')
			inner := len(dst)
			dst = r.fullMembers(dst, at+1, e.node)
			dst = closeEntry(dst, inner)
			l.entries[j] = e
			continue
		}
		e := old[from]
		unchanged := !keyed && e.sum == sum
		e.sum = sum
		dst, moved = entryMember(dst, j, from, moved, func(dst []byte) []byte {
			if unchanged {
				return dst
			}
			return r.members(dst, at+1, e.node)
		})
		l.entries[j] = e
	}
	r.ints = r.ints[:base]
	dst = closeEntries(dst, mark, opened, n, moved, n != oldN || l.forgotten)
	l.forgotten = false
	return dst
}

// closeEntry ends the object of a new entry, which may be empty.
func closeEntry(dst []byte, opened int) []byte {
	if len(dst) > opened {
		dst = dst[:len(dst)-1]
	}
	return append(dst, '}', ',')
}

// entryMember appends entry j, which was at index from and differs by the
// members that changes appends.
func entryMember(dst []byte, j, from int, moved bool, changes func([]byte) []byte) ([]byte, bool) {
	mark := len(dst)
	dst = appendKey(dst, j)
	if from == j {
		dst = append(dst, '{')
		opened := len(dst)
		dst, _ = closeObject(changes(dst), mark, opened)
		return dst, moved
	}
	plain := len(dst)
	dst = append(dst, '[')
	dst = strconv.AppendInt(dst, int64(from), 10)
	dst = append(dst, ',', '{')
	opened := len(dst)
	dst = changes(dst)
	if len(dst) == opened {
		dst = strconv.AppendInt(dst[:plain], int64(from), 10)
		return append(dst, ','), true
	}
	dst[len(dst)-1] = '}'
	return append(dst, ']', ','), true
}

// closeEntries ends the member "k", or takes it back if nothing changed.
func closeEntries(dst []byte, mark, opened, n int, moved, resized bool) []byte {
	if len(dst) == opened && !resized {
		return dst[:mark]
	}
	if moved {
		dst = append(dst, `"km":true,`...)
	}
	dst = append(dst, `"kc":`...)
	dst = strconv.AppendInt(dst, int64(n), 10)
	return append(dst, '}', ',')
}

// matchRest finds for each new entry without a match (-1) an old one with the
// same sum that no other entry took. Without keys, what is then left takes the
// old entry at its own place.
func matchRest(match []int32, oldN int, keyed bool, oldSum, newSum func(int) uint64) {
	taken := make([]bool, oldN)
	for _, from := range match {
		if from >= 0 {
			taken[from] = true
		}
	}
	// Old entries of one sum are chained in their order.
	heads := make(map[uint64]int32, oldN)
	next := make([]int32, oldN)
	for j := oldN - 1; j >= 0; j-- {
		if taken[j] {
			continue
		}
		sum := oldSum(j)
		if head, ok := heads[sum]; ok {
			next[j] = head
		} else {
			next[j] = -1
		}
		heads[sum] = int32(j)
	}
	for j := range match {
		if match[j] >= 0 {
			continue
		}
		sum := newSum(j)
		if head, ok := heads[sum]; ok && head >= 0 {
			match[j], heads[sum] = head, next[head]
			taken[head] = true
		}
	}
	if keyed {
		return
	}
	for j := range match {
		if match[j] < 0 && j < oldN && !taken[j] {
			match[j] = int32(j)
			taken[j] = true
		}
	}
}
