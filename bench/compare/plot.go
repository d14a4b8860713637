package main

import (
	"fmt"
	"html"
	"io"
	"math"
	"strings"
)

// plot is a chart of lines over logarithmic axes, as an SVG document.
type plot struct {
	title, x, y string
	lines       []plotLine
}

type plotLine struct {
	name   string
	points [][2]float64 // x and y, both above 0
}

// A chart's size, and the room around its lines, in pixels.
const (
	plotWidth, plotHeight = 640.0, 300.0
	plotLeft, plotRight   = 70.0, 190.0
	plotTop, plotBottom   = 36.0, 44.0
)

var plotColors = []string{"#0969da", "#cf222e", "#1a7f37", "#8250df"}

// decades returns the powers of ten around the values of one axis.
func (p plot) decades(axis int) (low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	for _, l := range p.lines {
		for _, point := range l.points {
			low, high = min(low, math.Log10(point[axis])), max(high, math.Log10(point[axis]))
		}
	}
	return math.Floor(low), max(math.Ceil(high), math.Floor(low)+1)
}

// writePlots writes the charts below each other, as one document.
func writePlots(w io.Writer, plots []plot) error {
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%.0f" height="%.0f" font-family="sans-serif" font-size="12">`+"\n", plotWidth, plotHeight*float64(len(plots)))
	b.WriteString(`<rect width="100%" height="100%" fill="#fff"/>` + "\n")
	for i, p := range plots {
		fmt.Fprintf(&b, `<g transform="translate(0 %.0f)">`+"\n", plotHeight*float64(i))
		p.write(&b)
		b.WriteString("</g>\n")
	}
	b.WriteString("</svg>\n")
	_, err := io.WriteString(w, b.String())
	return err
}

func (p plot) write(b *strings.Builder) {
	x0, x1 := p.decades(0)
	y0, y1 := p.decades(1)
	right, bottom := plotWidth-plotRight, plotHeight-plotBottom
	at := func(point [2]float64) (x, y float64) {
		return plotLeft + (math.Log10(point[0])-x0)/(x1-x0)*(right-plotLeft), bottom - (math.Log10(point[1])-y0)/(y1-y0)*(bottom-plotTop)
	}
	text := func(x, y float64, anchor, s string) {
		fmt.Fprintf(b, `<text x="%.1f" y="%.1f" text-anchor="%s">%s</text>`+"\n", x, y, anchor, html.EscapeString(s))
	}
	rule := func(x, y, toX, toY float64) {
		fmt.Fprintf(b, `<path d="M%.1f %.1fL%.1f %.1f" stroke="#d0d7de"/>`+"\n", x, y, toX, toY)
	}
	text(plotLeft, 20, "start", p.title+", "+p.y)
	text((plotLeft+right)/2, plotHeight-8, "middle", p.x)
	for e := x0; e <= x1; e++ {
		x, _ := at([2]float64{math.Pow(10, e), math.Pow(10, y0)})
		rule(x, plotTop, x, bottom)
		text(x, bottom+16, "middle", fmt.Sprintf("%g", math.Pow(10, e)))
	}
	for e := y0; e <= y1; e++ {
		_, y := at([2]float64{math.Pow(10, x0), math.Pow(10, e)})
		rule(plotLeft, y, right, y)
		text(plotLeft-6, y+4, "end", fmt.Sprintf("%g", math.Pow(10, e)))
	}
	for i, l := range p.lines {
		color := plotColors[i%len(plotColors)]
		var path strings.Builder
		for j, point := range l.points {
			x, y := at(point)
			fmt.Fprintf(&path, "%c%.1f %.1f", "ML"[min(j, 1)], x, y)
			fmt.Fprintf(b, `<circle cx="%.1f" cy="%.1f" r="3" fill="%s"/>`+"\n", x, y, color)
		}
		fmt.Fprintf(b, `<path d="%s" fill="none" stroke="%s" stroke-width="2"/>`+"\n", path.String(), color)
		y := plotTop + 18*float64(i) + 10
		fmt.Fprintf(b, `<path d="M%.1f %.1fh16" stroke="%s" stroke-width="2"/>`+"\n", right+12, y-4, color)
		text(right+34, y, "start", l.name)
	}
}
