package nats

import "sync"

// sight is what is known of the last message of a key.
type sight struct {
	sequence uint64 // 0 if there is none, or nothing is known
	version  uint64 // of the entry
	there    bool   // it is an entry, and not the mark of one that was deleted
}

// maxSights is how many keys each of the two maps of sights has at most.
const maxSights = 20_000

// sights remembers what this process has seen of keys, so that to save the next version
// of an entry needs no look first. What it says may be old, or forgotten: then it does.
type sights struct {
	mu         sync.Mutex // guards what follows
	young, old map[string]sight
}

func (s *sights) of(key string) sight {
	s.mu.Lock()
	defer s.mu.Unlock()
	if seen, ok := s.young[key]; ok {
		return seen
	}
	return s.old[key]
}

// set keeps what was seen of a key, and forgets those that were set longest ago.
func (s *sights) set(key string, seen sight) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.young == nil || len(s.young) >= maxSights {
		s.young, s.old = map[string]sight{}, s.young
	}
	s.young[key] = seen
}

func (s *sights) clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.young, s.old = nil, nil
}
