package dashboard

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

// refresh is how often pages show what is new.
const refresh = 2 * time.Second

// How much is listed.
const (
	listedRoutes    = 100
	listedIncidents = 30
	listedBusy      = 8
)

// overview is the first page.
type overview struct {
	place
	Charts    []chart
	Incidents []incidentRow
	Routes    []routeRow
	More      int // routes that aren't listed
	Busy      []listedView
	Worst     []worstList
	Crashes   int    // within the last hour
	Broker    string // what is wrong with the broker; "" for nothing
}

type incidentRow struct {
	Last, What, Cause, Where, Href, Name, User, Address, Err string
	Count                                                    int
	Bad                                                      bool
}

type routeRow struct {
	Route, Href                  string
	Views                        int64
	Rate, P50, P99, Join, Crashy string
	Joins, Events                uint64
	Chart                        chart
}

type worstList struct {
	Title, Unit, None string
	Rows              []worstRow
}

type worstRow struct{ What, Where, Href, User, Value, At string }

type overviewView struct{ board *Board }

var overviewTemplate = liveview.MustParseSource[overview](source("overview.html"))

func (v overviewView) Mount(c *gin.Context, s *liveview.Socket[overview]) error {
	p := open(c, s, v.board, "", "Overview")
	show := func() { s.Assign(func(st *overview) { *st = v.board.overview(p) }) }
	show()
	s.Repeat(refresh, show)
	return nil
}

func (overviewView) Render(st overview) liveview.Rendered { return overviewTemplate.Render(st) }

// perSecond is a count of a sample as a rate.
func perSecond(n int) float64 { return float64(n) / sampleEvery.Seconds() }

func (b *Board) overview(p place) overview {
	samples := b.history.all()
	st := overview{place: p, Charts: []chart{
		chartOf("Sockets", samples, func(s sample) float64 { return float64(s.Sockets) }, countText),
		chartOf("Views", samples, func(s sample) float64 { return float64(s.Views) }, countText),
		chartOf("Users", samples, func(s sample) float64 { return float64(s.Users) }, countText),
		chartOf("Pages kept", samples, func(s sample) float64 { return float64(s.Kept) }, countText),
		chartOf("Events a second", samples, func(s sample) float64 { return perSecond(s.Events) }, countText),
		chartOf("Event latency, 99 %", samples, func(s sample) float64 { return s.P99.Seconds() }, secondsText),
		chartOf("Diffs a second", samples, func(s sample) float64 { return float64(s.DiffBytes) / sampleEvery.Seconds() }, bytesText),
		chartOf("Crashes and refusals", samples, func(s sample) float64 { return float64(s.Crashes + s.Refused) }, countText),
	}}
	for _, s := range samples {
		st.Crashes += s.Crashes
	}
	for _, one := range b.incidents.list(listedIncidents) {
		st.Incidents = append(st.Incidents, incidentRow{
			Last: agoText(one.Last), What: one.Kind, Cause: one.Cause, Where: cmp.Or(one.Route, "–"), Href: b.hrefOf(p, one.ViewID),
			Name: one.Name, User: one.User, Address: one.Address, Err: one.Err, Count: one.Count, Bad: one.Kind == liveview.NoteCrash.String(),
		})
	}
	if state, away, _ := b.broker(); away {
		st.Broker = state
	}
	st.Routes, st.More = b.routeRows(p)
	rows, _ := b.views.list(viewFilter{Sort: "rate"}, listedBusy)
	for _, r := range rows {
		if r.Rate > 0 {
			st.Busy = append(st.Busy, listed(p, r))
		}
	}
	st.Worst = []worstList{
		b.worstList(p, "Slowest", "took", "Nothing took longer than a millisecond.", &b.slow, func(v int64) string { return durationText(time.Duration(v)) }),
		b.worstList(p, "Largest diffs", "bytes", "No diff had more than a kilobyte.", &b.large, func(v int64) string { return bytesText(float64(v)) }),
		b.worstList(p, "Fullest mailboxes", "waiting", "Nothing waited behind anything else.", &b.full, func(v int64) string { return strconv.FormatInt(v, 10) }),
	}
	return st
}

func (b *Board) routeRows(p place) (rows []routeRow, more int) {
	latest := b.history.newest().At
	for _, f := range b.routes.list() {
		past := b.history.pastOf(f)
		values := make([]float64, len(past))
		for i, point := range past {
			values[i] = float64(point.views)
		}
		row := routeRow{
			Route: f.route, Href: p.Base + "/views?" + url.Values{"route": {f.route}}.Encode(), Views: max(f.views.Load(), 0),
			P50: durationText(f.eventT.quantile(0.5)), P99: durationText(f.eventT.quantile(0.99)), Join: durationText(f.joinT.quantile(0.99)),
			Joins: f.joins.Load(), Events: f.events.Load(), Chart: draw("Views of "+f.route, values, routePoints, countText), Rate: "0",
		}
		if n := f.fails.Load(); n > 0 {
			row.Crashy = strconv.FormatUint(n, 10)
		}
		if len(past) > 0 && !latest.IsZero() {
			row.Rate = countText(float64(past[len(past)-1].events) / (sampleEvery * routeEvery).Seconds())
		}
		rows = append(rows, row)
	}
	slices.SortStableFunc(rows, func(a, b routeRow) int { return cmp.Or(cmp.Compare(b.Views, a.Views), cmp.Compare(b.Events, a.Events)) })
	if len(rows) > listedRoutes {
		rows, more = rows[:listedRoutes], len(rows)-listedRoutes
	}
	return rows, more
}

func (b *Board) worstList(p place, title, unit, none string, w *worst, text func(v int64) string) worstList {
	list := worstList{Title: title, Unit: unit, None: none}
	for _, c := range w.list() {
		list.Rows = append(list.Rows, worstRow{
			What: c.What, Where: strings.TrimSpace(c.Route), Href: b.hrefOf(p, c.ID), User: c.User, Value: text(c.Value), At: agoText(c.At),
		})
	}
	return list
}

// hrefOf returns the page of a view, "" for one that is no more.
func (b *Board) hrefOf(p place, id string) string {
	if id == "" || b.views.of(id) == nil {
		return ""
	}
	return p.Base + "/views/" + url.PathEscape(id)
}
