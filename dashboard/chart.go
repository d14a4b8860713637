package dashboard

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// A chart is drawn in a field of so many units, over which the last hour goes.
const chartWidth, chartHeight = 180, 40

// chart is a line over the last hour, as the templates draw it.
type chart struct {
	Title, Now, Most string // the newest value, and the highest
	Points           string // of an SVG polyline
	Area             string // of the polygon below it
}

// Label says what it shows, to those who don't see it.
func (c chart) Label() string {
	return fmt.Sprintf("%s over the last hour: now %s, at most %s", c.Title, c.Now, c.Most)
}

// Box is the viewBox of its drawing.
func (chart) Box() string { return fmt.Sprintf("0 0 %d %d", chartWidth, chartHeight) }

// chartOf draws samples. Of several that fall on one place the highest is drawn, so that no
// peak is lost.
func chartOf(title string, samples []sample, value func(s sample) float64, text func(v float64) string) chart {
	values := make([]float64, len(samples))
	for i, s := range samples {
		values[i] = value(s)
	}
	return draw(title, values, historySize, text)
}

// draw draws values, the last of room ones.
func draw(title string, values []float64, room int, text func(v float64) string) chart {
	c := chart{Title: title, Now: text(0), Most: text(0)}
	if len(values) == 0 {
		return c
	}
	most := values[0]
	for _, v := range values {
		most = max(most, v)
	}
	c.Now, c.Most = text(values[len(values)-1]), text(most)
	per := max(room/chartWidth, 1)
	first := room - len(values) // where there is nothing yet
	var points []string
	for i := 0; i < len(values); {
		place := (first + i) / per
		peak := values[i]
		for ; i < len(values) && (first+i)/per == place; i++ {
			peak = max(peak, values[i])
		}
		y := float64(chartHeight)
		if most > 0 {
			y -= peak / most * (chartHeight - 2)
		}
		x := float64(place) * chartWidth / float64((room-1)/per)
		points = append(points, number(x)+","+number(y))
	}
	c.Points = strings.Join(points, " ")
	start, _, _ := strings.Cut(points[0], ",")
	end, _, _ := strings.Cut(points[len(points)-1], ",")
	c.Area = fmt.Sprintf("%s,%d %s %s,%d", start, chartHeight, c.Points, end, chartHeight)
	return c
}

func number(v float64) string { return strings.TrimSuffix(strconv.FormatFloat(v, 'f', 1, 64), ".0") }

// The texts of values.

func countText(v float64) string {
	switch {
	case v >= 10_000:
		return strconv.FormatFloat(v/1000, 'f', 0, 64) + " k"
	case v == float64(int64(v)) || v >= 100:
		return strconv.FormatFloat(v, 'f', 0, 64)
	}
	return strconv.FormatFloat(v, 'f', 1, 64)
}

func bytesText(v float64) string {
	for _, unit := range []string{"B", "KiB", "MiB", "GiB"} {
		if v < 1024 || unit == "GiB" {
			if unit == "B" || v >= 100 {
				return strconv.FormatFloat(v, 'f', 0, 64) + " " + unit
			}
			return strconv.FormatFloat(v, 'f', 1, 64) + " " + unit
		}
		v /= 1024
	}
	return ""
}

func durationText(d time.Duration) string {
	switch {
	case d == 0:
		return "–"
	case d < time.Millisecond:
		return strconv.FormatInt(d.Microseconds(), 10) + " µs"
	case d < time.Second:
		return strconv.FormatFloat(float64(d)/1e6, 'f', 1, 64) + " ms"
	}
	return strconv.FormatFloat(d.Seconds(), 'f', 1, 64) + " s"
}

func secondsText(v float64) string { return durationText(time.Duration(v * float64(time.Second))) }

func percentText(v float64) string { return strconv.FormatFloat(100*v, 'f', 1, 64) + " %" }

// agoText says how long ago something was.
func agoText(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	switch d := time.Since(t); {
	case d < time.Minute:
		return strconv.Itoa(max(int(d.Seconds()), 0)) + " s ago"
	case d < time.Hour:
		return strconv.Itoa(int(d.Minutes())) + " min ago"
	default:
		return strconv.Itoa(int(d.Hours())) + " h ago"
	}
}
