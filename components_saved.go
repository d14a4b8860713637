package liveview

import "fmt"

// save returns the states of the components that outlive their process.
func (cs *components) save() (parts []savedPart, err error) {
	if cs.liveSet == nil {
		return nil, nil
	}
	for _, c := range cs.all {
		key := cs.keys[c.core().cid]
		if key == "" || !c.saves() || c.core().failing {
			continue
		}
		state, err := c.save()
		if err != nil {
			return nil, fmt.Errorf("saving the state of the live component %s: %w", c.kindOf().label(), err)
		}
		parts = append(parts, savedPart{key, state})
	}
	return parts, nil
}

// bring has the components that are about to be there restored.
func (cs *components) bring(parts []savedPart) {
	if len(parts) == 0 {
		return
	}
	s := cs.set()
	s.brought = make(map[string]savedState, len(parts))
	for _, p := range parts {
		s.brought[p.Key] = p.State
	}
}

// restore gives components that have just been given their props for the first time what
// was saved of them.
func (cs *components) restore(list []update) error {
	if cs.brought == nil {
		return nil
	}
	for _, u := range list {
		key := cs.keys[u.to.core().cid]
		state, found := cs.brought[key]
		if !found {
			continue
		}
		delete(cs.brought, key)
		err := u.to.restore(state)
		if err == nil {
			continue
		}
		cs.shows.tellFailure(u.to, fmt.Errorf("its saved state is dropped: %w", err))
		if err == errOtherShape { //nolint:errorlint // it is restore's own
			continue
		}
		cs.stopOwned(u.to)
		if err := cs.contain(u.to, u.to.anew(u)); err != nil {
			return err
		}
	}
	return nil
}

// settled says that the page is there: what was brought along for components that it
// doesn't show isn't for others, which are opened later.
func (cs *components) settled() {
	if cs.liveSet != nil {
		cs.brought = nil
	}
}
