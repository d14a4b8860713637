package dashboard

import (
	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

// cluster is the page of the processes and the broker between them.
type cluster struct {
	place
	Nodes  []nodeRow
	Broker string // "" where there is none
	Away   bool
	Counts []brokerRow
	Gaps   chart
}

type clusterView struct{ board *Board }

var clusterTemplate = liveview.MustParseSource[cluster](source("cluster.html"))

func (v clusterView) Mount(c *gin.Context, s *liveview.Socket[cluster]) error {
	p := open(c, s, v.board, "/cluster", "Cluster")
	show := func() {
		if s.Connected() {
			v.board.askNodes()
		}
		s.Assign(func(st *cluster) { *st = v.board.cluster(p) })
	}
	show()
	s.Repeat(refresh, show)
	return nil
}

func (clusterView) Render(st cluster) liveview.Rendered { return clusterTemplate.Render(st) }

func (b *Board) cluster(p place) cluster {
	st := cluster{place: p}
	st.Broker, st.Away, st.Counts = b.broker()
	for _, n := range b.nodes.list() {
		st.Nodes = append(st.Nodes, n.row(b.options.Name))
	}
	if len(st.Nodes) == 0 {
		st.Nodes = []nodeRow{b.summary().row(b.options.Name)} // none has answered yet
	}
	st.Gaps = chartOf("Gaps told to views", b.history.all(), func(s sample) float64 { return float64(s.Gaps) }, countText)
	return st
}
