package rendered

import (
	"fmt"
	"strconv"
)

// Stream says what becomes of the items of a stream, which the client keeps on
// the page and nowhere else.
type Stream struct {
	Ref     string
	Inserts map[string]Insert // by the item's id
	Deletes []string          // ids of items
	Reset   bool              // whatever isn't inserted again goes
}

// Insert says where an item of a stream goes.
type Insert struct {
	Ref        string // of its stream
	At         int    // its place among the items; negative for the end
	Limit      *int   // so many items stay, from the front, or if negative from the end
	UpdateOnly bool   // an item that isn't there is left out
	Reset      bool   // the stream's
}

func newStream(value any) (*Stream, error) {
	parts, ok := value.([]any)
	if !ok || len(parts) < 3 {
		return nil, fmt.Errorf("a stream is %v", value)
	}
	// Anything in the fourth place makes the client reset the stream.
	s := &Stream{Inserts: map[string]Insert{}, Reset: len(parts) > 3}
	s.Ref, _ = parts[0].(string)
	inserts, _ := parts[1].([]any)
	for _, value := range inserts {
		id, in, err := newInsert(value)
		if err != nil {
			return nil, err
		}
		in.Ref, in.Reset = s.Ref, s.Reset
		s.Inserts[id] = in
	}
	deletes, _ := parts[2].([]any)
	for _, id := range deletes {
		s.Deletes = append(s.Deletes, fmt.Sprint(id))
	}
	return s, nil
}

func newInsert(value any) (id string, in Insert, err error) {
	parts, ok := value.([]any)
	if !ok || len(parts) < 2 {
		return "", Insert{}, fmt.Errorf("an item of a stream is %v", value)
	}
	id, _ = parts[0].(string)
	if in.At, err = strconv.Atoi(fmt.Sprint(parts[1])); err != nil {
		return "", Insert{}, fmt.Errorf("an item of a stream is %v", value)
	}
	if len(parts) > 2 && parts[2] != nil {
		limit, err := strconv.Atoi(fmt.Sprint(parts[2]))
		if err != nil {
			return "", Insert{}, fmt.Errorf("an item of a stream is %v", value)
		}
		in.Limit = &limit
	}
	if len(parts) > 3 {
		in.UpdateOnly, _ = parts[3].(bool)
	}
	return id, in, nil
}
