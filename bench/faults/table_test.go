package main

import (
	"reflect"
	"strings"
	"testing"
	"time"
)

// The table is that of the list, and names what is there: a test that is renamed, or a fault
// that is told otherwise, asks for another run of the program.
func TestTableIsThatOfTheList(t *testing.T) {
	root, err := moduleOf("../..")
	if err != nil {
		t.Fatal(err)
	}
	if err := check(root, groups); err != nil {
		t.Error(err)
	}
}

// What is wrong with a list is said: a test that isn't there, a page that isn't, a fault of
// which nothing is said.
func TestWhatIsMissing(t *testing.T) {
	root, err := moduleOf("../..")
	if err != nil {
		t.Fatal(err)
	}
	err = missing(root, []group{{"A", []fault{
		{what: "none"},
		{what: "renamed", tests: []test{shows("bench/faults", "TestWhatIsMissing"), shows("bench/faults", "TestOfYore")}},
		{what: "a page", docs: "[a](reliability.md#what-happens), [b](nowhere.md)"},
	}}})
	if err == nil {
		t.Fatal("nothing is missing")
	}
	for _, want := range []string{`nothing is said of "none"`, "there is no TestOfYore in bench/faults", "nowhere.md"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%v; want %q", err, want)
		}
	}
	if strings.Contains(err.Error(), "TestWhatIsMissing") || strings.Contains(err.Error(), "reliability.md") {
		t.Error(err)
	}
}

// stream is what go test -json prints, shortened.
const stream = `{"Action":"start","Package":"x"}
{"Action":"run","Test":"TestA"}
{"Action":"attr","Test":"TestA","Key":"figure","Value":"7 | of 1.23456789s, \u003c 3"}
{"Action":"attr","Test":"TestA","Key":"other","Value":"x"}
{"Action":"run","Test":"TestA/one"}
{"Action":"attr","Test":"TestA/one","Key":"figure","Value":"12h0m1s"}
{"Action":"run","Test":"TestA/one/two"}
{"Action":"pass","Test":"TestA/one/two"}
{"Action":"pass","Test":"TestA/one"}
{"Action":"run","Test":"TestA/three"}
{"Action":"output","Test":"TestA/three","Output":"    a_test.go:7: no such machine\n"}
{"Action":"output","Test":"TestA/three","Output":"--- SKIP: TestA/three (0.00s)\n"}
{"Action":"skip","Test":"TestA/three"}
{"Action":"pass","Test":"TestA"}
{"Action":"run","Test":"TestB"}
{"Action":"skip","Test":"TestB"}
{"Action":"run","Test":"TestC"}
{"Action":"fail","Test":"TestC"}
a line of the go command
`

// What tests say is read, and laid out; who says nothing is named.
func TestFigures(t *testing.T) {
	got, said, err := read(strings.NewReader(stream))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]result{
		"TestA": {passed: true, figures: []string{"7 | of 1.23456789s, < 3", "12h0m1s"}, cases: 1, reasons: []string{"no such machine"}},
		"TestB": {skipped: true},
		"TestC": {},
	}
	if !reflect.DeepEqual(got, want) || !strings.HasSuffix(said, "a line of the go command\n") {
		t.Errorf("%+v, %q", got, said)
	}
	list := []group{{"Group", []fault{
		{what: "what", must: "must", tests: []test{tries("x", "TestA", "cases")}, docs: "[a](reliability.md)"},
		{what: "all", must: "no race", races: true},
	}}}
	results := map[test]result{{dir: "x", name: "TestA"}: got["TestA"], {dir: "x", name: "TestB"}: got["TestB"]}
	text, err := write(list, results, nil)
	if want := "\n### Group\n\n| fault | what must happen | test | figure |\n|---|---|---|---|\n" +
		"| what | must | `TestA` in `x` | 1 cases; 7 / of 1.2 s, &lt; 3; 12 h; not run here: no such machine |\n" +
		"|  |  | [a](reliability.md) | up to the application |\n" +
		"| all | no race | all of these | 1 tests with 1 cases have run with the race detector: no race |\n\n"; text != want || err != nil {
		t.Errorf("%s%v", text, err)
	}
	list[0].faults[0].tests = append(list[0].faults[0].tests, shows("x", "TestB"))
	if _, err := write(list, results, nil); err == nil || err.Error() != "TestB of x says no figure" {
		t.Errorf("a test without a figure: %v", err)
	}
	again, err := write(list, map[test]result{{dir: "x", name: "TestB"}: {passed: true, figures: []string{"new"}}}, figuresOf(text))
	if err != nil || !strings.Contains(again, "| 1 cases; 7 / of 1.2 s,") || !strings.Contains(again, "| `TestB` in `x` | new |") || !strings.Contains(again, "with 1 cases have run") {
		t.Errorf("with one of the tests run again:\n%s%v", again, err)
	}
	if line := "| what | must | `TestA` in `x` | 7 |\n"; withoutFigure(line) != "| what | must | `TestA` in `x` | ? |\n" {
		t.Error(withoutFigure(line))
	}
	if line := "| what | must | `TestA` in `x` |  |\n"; withoutFigure(line) != line {
		t.Error("an empty figure passes for one")
	}
}

func TestSpoken(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "no time", 3: "less than a µs", 1234: "1.2 µs", 999 * time.Microsecond: "1000 µs", 94_700 * time.Microsecond: "95 ms", 123 * time.Millisecond: "120 ms",
		time.Second: "1 s", time.Minute: "60 s", 119 * time.Second: "120 s", 2 * time.Minute: "2 min", time.Hour: "60 min", 14 * 24 * time.Hour: "14 days",
	} {
		if got := spoken(d); got != want {
			t.Errorf("%d is %q, want %q", d, got, want)
		}
	}
	if got := counted(1_000_000) + " " + counted(999) + " " + counted(1000); got != "1,000,000 999 1,000" {
		t.Error(got)
	}
}
