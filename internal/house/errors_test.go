package house

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// speaking are the packages whose sentences reach a programmer or an operator.
var speaking = []string{module, module + "/internal/...", module + "/js", module + "/presence", module + "/protocol", module + "/pubsub", module + "/store"}

// adapters are those of other modules.
var adapters = []string{"pubsub/nats", "pubsub/redis", "store/bolt", "store/nats", "store/redis", "telemetry/otel", "dashboard"}

// docs/errors.md has each sentence of the code, with its cause and what to do about it,
// and no sentence that isn't in the code.
func TestErrorsAreDocumented(t *testing.T) {
	page, err := os.ReadFile("../../docs/errors.md")
	if err != nil {
		t.Fatal(err)
	}
	found := sentencesOf(t, list(t, speaking...))
	for _, dir := range adapters {
		maps.Copy(found, sentencesOf(t, listIn(t, "../../"+dir, ".")))
	}
	if len(found) < 500 {
		t.Errorf("%d sentences are found in the code, want 500 at least", len(found))
	}
	listed := sentencesIn(t, string(page))
	for _, text := range slices.Sorted(maps.Keys(found)) {
		if listed[text] == 0 {
			t.Errorf("docs/errors.md doesn't have what %s says:\n`%s`", found[text], text)
		}
	}
	for _, text := range slices.Sorted(maps.Keys(listed)) {
		if _, ok := found[text]; !ok {
			t.Errorf("docs/errors.md has what no code says:\n`%s`", text)
		}
		if listed[text] > 1 {
			t.Errorf("docs/errors.md has twice:\n`%s`", text)
		}
	}
}

// sentencesIn returns how often each sentence stands in the tables.
func sentencesIn(t *testing.T, page string) map[string]int {
	t.Helper()
	listed := map[string]int{}
	cell := regexp.MustCompile(`\s\|\s`)
	for line := range strings.Lines(page) {
		row, ok := strings.CutPrefix(strings.TrimSpace(line), "| `")
		if !ok {
			continue
		}
		cells := cell.Split(strings.TrimSuffix(row, " |"), -1)
		if len(cells) != 3 || cells[1] == "" || cells[2] == "" {
			t.Errorf("docs/errors.md: a line wants sentences, a cause and what to do: %s", line)
			continue
		}
		for text := range strings.SplitSeq(strings.TrimSuffix(cells[0], "`"), "`<br>`") {
			listed[strings.ReplaceAll(text, `\|`, "|")]++
		}
	}
	return listed
}

// A sentence is found wherever it is made: in a call, by way of a variable, a field, a
// parameter or a function's result, in several pieces.
func TestSentencesAreFound(t *testing.T) {
	found := sentencesOf(t, list(t, "./testdata/spoken"))
	got := slices.Sorted(maps.Keys(found))
	want := []string{
		"a panic by way of …, a function",
		"an error, said at … once",
		"by a field's value",
		"by a function's result",
		"by a variable, or another way",
		"by an assignment later",
		"by an entry of a list",
		"logged as a warning",
		"said by a method Error",
		"sent to a parameter",
	}
	if !slices.Equal(got, want) {
		t.Errorf("found %q, want %q", got, want)
	}
}
