package main

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
)

// TestPlots: the document is well-formed, has a mark for each point, and names what it shows.
func TestPlots(t *testing.T) {
	p := plot{title: "An event <by> sockets", x: "sockets", y: "µs"}
	for _, n := range []float64{100, 1000, 15_000} {
		p.add("ours", n, 8+n/10_000)
		p.add("floor", n, 7)
	}
	var b strings.Builder
	if err := writePlots(&b, []plot{p, p}); err != nil {
		t.Fatal(err)
	}
	circles := 0
	for d := xml.NewDecoder(strings.NewReader(b.String())); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if e, ok := token.(xml.StartElement); ok && e.Name.Local == "circle" {
			circles++
		}
	}
	if circles != 12 {
		t.Errorf("%d marks, want 12", circles)
	}
	for _, text := range []string{"An event &lt;by&gt; sockets, µs", ">ours<", ">floor<", ">100000<", ">sockets<"} {
		if !strings.Contains(b.String(), text) {
			t.Errorf("the plot lacks %s", text)
		}
	}
	b.Reset()
	p.table(&b)
	if want := "| sockets | ours | x first | floor | x first |"; !strings.HasPrefix(b.String(), want) || !strings.Contains(b.String(), "| 15000 | 9.50 µs | 1.19 | 7.00 µs | 1.00 |") {
		t.Errorf("the table is\n%s", b.String())
	}
}
