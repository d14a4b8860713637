package engine_test

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// client is a model of what the browser's client does with diffs: it merges
// them and composes the HTML. It is stricter than the client: what makes the
// client throw, or show the wrong thing, is an error here.
type client struct {
	tree *clientNode
}

type clientNode struct {
	statics []string
	dyns    map[int]any // string or *clientNode
	list    []*clientNode
	keyed   bool
	root    bool // the node has r
	magic   string
}

// apply merges the members of one diff.
func (c *client) apply(members []byte) error {
	source := "{" + string(members) + "}"
	value, err := decodeJSON(source)
	if err != nil {
		return fmt.Errorf("%w in %s", err, source)
	}
	diff := value.(map[string]any)
	if err := share(diff, diff["p"]); err != nil {
		return fmt.Errorf("%w in %s", err, source)
	}
	delete(diff, "p")
	if _, ok := diff["s"]; ok {
		n, err := newNode(diff)
		if err != nil {
			return err
		}
		c.tree = n
		return nil
	}
	if len(diff) == 0 {
		return nil
	}
	if c.tree == nil {
		return fmt.Errorf("a diff without statics onto nothing: %s", source)
	}
	return c.tree.merge(diff)
}

// share puts statics in place of their numbers.
func share(value, all any) error {
	diff, ok := value.(map[string]any)
	if !ok {
		if moved, ok := value.([]any); ok && len(moved) == 2 {
			return share(moved[1], all)
		}
		return nil
	}
	if number, ok := diff["s"].(json.Number); ok {
		shared, _ := all.(map[string]any)
		if diff["s"], ok = shared[string(number)]; !ok {
			return fmt.Errorf("there are no statics %s", number)
		}
	}
	for key, inner := range diff {
		if key == "s" || key == "p" {
			continue
		}
		if err := share(inner, all); err != nil {
			return err
		}
	}
	return nil
}

// newNode builds a node from an object with statics.
func newNode(diff map[string]any) (*clientNode, error) {
	n := &clientNode{dyns: map[int]any{}}
	list, ok := diff["s"].([]any)
	if !ok {
		return nil, fmt.Errorf("s is %v", diff["s"])
	}
	for _, s := range list {
		text, ok := s.(string)
		if !ok {
			return nil, fmt.Errorf("a static is %v", s)
		}
		n.statics = append(n.statics, text)
	}
	_, n.root = diff["r"]
	if len(n.statics) == 0 {
		return nil, fmt.Errorf("no statics in %v", diff)
	}
	if _, ok := diff["k"]; ok {
		n.keyed = true
		return n, n.merge(diff)
	}
	if err := n.merge(diff); err != nil {
		return nil, err
	}
	return n, n.complete(n.statics)
}

// complete checks that every dynamic was sent.
func (n *clientNode) complete(statics []string) error {
	if len(n.dyns) != len(statics)-1 {
		return fmt.Errorf("%d dynamics for %d statics %q", len(n.dyns), len(statics), statics)
	}
	for i := range len(statics) - 1 {
		if _, ok := n.dyns[i]; !ok {
			return fmt.Errorf("dynamic %d was not sent for %q", i, statics)
		}
	}
	return nil
}

func (n *clientNode) merge(diff map[string]any) error {
	for key, value := range diff {
		switch key {
		case "s":
			continue
		case "r":
			if value != json.Number("1") {
				return fmt.Errorf("r is %v", value)
			}
			if _, ok := diff["s"]; !ok {
				return fmt.Errorf("r without statics")
			}
			continue
		case "k":
			if !n.keyed {
				return fmt.Errorf("k in a node that is no comprehension")
			}
			entries, ok := value.(map[string]any)
			if !ok {
				return fmt.Errorf("k is %v", value)
			}
			if err := n.mergeEntries(entries); err != nil {
				return err
			}
			continue
		}
		i, err := strconv.Atoi(key)
		if err != nil || n.keyed {
			return fmt.Errorf("unexpected member %q", key)
		}
		if n.statics != nil && i >= len(n.statics)-1 {
			return fmt.Errorf("dynamic %d beyond the statics %q", i, n.statics)
		}
		if n.dyns[i], err = mergeDynamic(n.dyns[i], value); err != nil {
			return err
		}
	}
	return nil
}

func mergeDynamic(old, value any) (any, error) {
	switch value := value.(type) {
	case string:
		return value, nil
	case map[string]any:
		if _, ok := value["s"]; ok {
			return newNode(value)
		}
		n, ok := old.(*clientNode)
		if !ok {
			return nil, fmt.Errorf("an object without s onto %v", old)
		}
		if _, ok := value["k"]; ok != n.keyed && len(value) > 0 {
			return nil, fmt.Errorf("%v onto a node that differs in being a comprehension", value)
		}
		return n, n.merge(value)
	}
	return nil, fmt.Errorf("a dynamic is %v (%T)", value, value)
}

func (n *clientNode) mergeEntries(diff map[string]any) error {
	count, ok := diff["kc"].(json.Number)
	if !ok {
		return fmt.Errorf("k without kc: %v", diff)
	}
	kc, err := strconv.Atoi(string(count))
	if err != nil {
		return err
	}
	_, km := diff["km"]
	moved := false
	old := make([]*clientNode, len(n.list))
	for i, e := range n.list {
		old[i] = e.clone()
	}
	list := make([]*clientNode, kc)
	used := map[int]bool{}
	move := func(from int) (*clientNode, error) {
		moved = true
		if from < 0 || from >= len(old) {
			return nil, fmt.Errorf("moved from %d of %d", from, len(old))
		}
		if used[from] {
			return nil, fmt.Errorf("entry %d is moved to two places", from)
		}
		used[from] = true
		return old[from].clone(), nil
	}
	for key := range diff {
		if i, err := strconv.Atoi(key); key != "kc" && key != "km" && (err != nil || i >= kc || i < 0) {
			return fmt.Errorf("entry %q of %d", key, kc)
		}
	}
	for i := range kc {
		value, ok := diff[strconv.Itoa(i)]
		if !ok {
			if i >= len(old) {
				return fmt.Errorf("entry %d is missing", i)
			}
			list[i] = old[i].clone()
			continue
		}
		switch value := value.(type) {
		case json.Number:
			from, err := strconv.Atoi(string(value))
			if err != nil {
				return err
			}
			if list[i], err = move(from); err != nil {
				return err
			}
		case []any:
			if len(value) != 2 {
				return fmt.Errorf("entry %d is %v", i, value)
			}
			from, err := strconv.Atoi(string(value[0].(json.Number)))
			if err != nil {
				return err
			}
			if list[i], err = move(from); err != nil {
				return err
			}
			if err := list[i].merge(value[1].(map[string]any)); err != nil {
				return err
			}
		case map[string]any:
			e := &clientNode{dyns: map[int]any{}}
			if i < len(old) {
				e = old[i].clone() // a new entry is merged onto the old object, too
			}
			if err := e.merge(value); err != nil {
				return err
			}
			list[i] = e
		default:
			return fmt.Errorf("entry %d is %v", i, value)
		}
	}
	if moved != km {
		return fmt.Errorf("km is %v, moves are %v: %v", km, moved, diff)
	}
	for _, e := range list {
		if err := e.complete(n.statics); err != nil {
			return err
		}
	}
	n.list = list
	return nil
}

func (n *clientNode) clone() *clientNode {
	c := &clientNode{statics: n.statics, dyns: map[int]any{}, keyed: n.keyed, root: n.root}
	for i, v := range n.dyns {
		if child, ok := v.(*clientNode); ok {
			v = child.clone()
		}
		c.dyns[i] = v
	}
	for _, e := range n.list {
		c.list = append(c.list, e.clone())
	}
	return c
}

// html composes what the client shows.
func (c *client) html() string {
	var b strings.Builder
	c.tree.write(&b, c.tree.statics, func(text string) string { return text })
	return b.String()
}

// write composes the HTML of a node, with its texts as text has them.
func (n *clientNode) write(b *strings.Builder, statics []string, text func(string) string) {
	if n.keyed {
		for _, e := range n.list {
			e.write(b, n.statics, text)
		}
		return
	}
	for i, s := range statics {
		b.WriteString(s)
		if i == len(statics)-1 {
			break
		}
		switch v := n.dyns[i].(type) {
		case string:
			b.WriteString(text(v))
		case *clientNode:
			v.write(b, v.statics, text)
		}
	}
}
