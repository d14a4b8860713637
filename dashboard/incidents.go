package dashboard

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"github.com/gin-liveview/liveview"
)

// Bounds of what is kept of incidents: how many kinds of them, and how many bytes of what
// each says.
const (
	maxIncidents     = 200
	maxIncidentBytes = 300
	incidentAge      = time.Hour
)

// incidents are what went wrong within the last hour: those that are alike are one, with a
// count.
type incidents struct {
	mu  sync.Mutex // guards all. Nothing is locked under it.
	all map[incidentKey]*incident
}

// incidentKey is what incidents are alike by.
type incidentKey struct {
	Kind, Cause       string
	Route, Name, User string
	Address           string // of who did it, where no user is known
}

// incident is something that went wrong, once or several times.
type incident struct {
	incidentKey
	View, ViewID string // of the newest; "" where that isn't known
	Err          string // of the newest
	Count        int
	First, Last  time.Time

	turn int // in a list
}

// incidentSort is what incidents are kept apart by, so that many of one sort leave room for
// others.
type incidentSort struct{ kind, cause string }

func (k incidentKey) sort() incidentSort { return incidentSort{k.Kind, k.Cause} }

// note takes one in. Where there are too many, one goes of what there is most of, which is
// longest ago: so visitors who are refused, from as many addresses as they like, don't push out
// what has crashed.
func (in *incidents) note(key incidentKey, view, id string, err error, now time.Time) {
	key.Name, key.User = cut(key.Name), cut(key.User)
	text := ""
	if err != nil {
		text = cut(err.Error())
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	one := in.all[key]
	if one == nil {
		if len(in.all) >= maxIncidents {
			in.forgetOldest()
		}
		one = &incident{incidentKey: key, First: now}
		in.all[key] = one
	}
	one.Count++
	one.Last, one.View, one.ViewID = now, cmp.Or(view, one.View), cmp.Or(id, one.ViewID)
	one.Err = cmp.Or(text, one.Err)
}

func (in *incidents) forgetOldest() {
	counts := make(map[incidentSort]int)
	most := 0
	for key := range in.all {
		counts[key.sort()]++
		most = max(most, counts[key.sort()])
	}
	var oldest *incident
	for key, one := range in.all {
		if counts[key.sort()] == most && (oldest == nil || one.Last.Before(oldest.Last)) {
			oldest = one
		}
	}
	delete(in.all, oldest.incidentKey)
}

func (in *incidents) forget(now time.Time) {
	in.mu.Lock()
	defer in.mu.Unlock()
	for key, one := range in.all {
		if now.Sub(one.Last) > incidentAge {
			delete(in.all, key)
		}
	}
}

// list returns them, the newest first. Where there are more than most, each sort has its turn.
func (in *incidents) list(most int) []incident {
	in.mu.Lock()
	all := make([]incident, 0, len(in.all))
	for _, one := range in.all {
		all = append(all, *one)
	}
	in.mu.Unlock()
	slices.SortFunc(all, func(a, b incident) int {
		return cmp.Or(b.Last.Compare(a.Last), cmp.Compare(a.Kind+a.Cause+a.Route+a.Name+a.User, b.Kind+b.Cause+b.Route+b.Name+b.User))
	})
	if len(all) <= most {
		return all
	}
	turns := make(map[incidentSort]int) // how many of a sort were newer
	for i := range all {
		of := all[i].sort()
		all[i].turn = turns[of]
		turns[of]++
	}
	slices.SortStableFunc(all, func(a, b incident) int { return cmp.Compare(a.turn, b.turn) })
	all = all[:most]
	slices.SortStableFunc(all, func(a, b incident) int { return b.Last.Compare(a.Last) })
	return all
}

// cut returns the beginning of a text that others may have made long.
func cut(text string) string {
	if len(text) > maxIncidentBytes {
		return text[:maxIncidentBytes] + "…"
	}
	return text
}

// incidentOf returns how an incident is told that comes of what a span came to; ok is false
// for what is none, or is told as a note.
func incidentOf(s liveview.Span, r liveview.Result) (kind string, ok bool) {
	switch r.Outcome {
	case liveview.OutcomeRefused, liveview.OutcomePostponed, liveview.OutcomeUnknown:
		return s.Kind.String() + " " + r.Outcome.String(), true
	}
	return "", false
}
