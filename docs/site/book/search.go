package book

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"unicode"

	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"
)

// errorsPage has the sentences that the library says, each in a row that is found by it.
const errorsPage = "docs/errors.md"

// entry is what can be found: a part of a page, a name of a package, or a row of the errors.
type entry struct {
	Title string   `json:"t"`
	Page  string   `json:"p"`
	URL   string   `json:"u"`
	Text  string   `json:"x"`
	Says  []string `json:"s,omitempty"` // sentences, with … for what varies

	weight float64 // what it counts beside others that have the same words; 0 is as 1
}

// What an entry counts: whole pages before what is in them, and behind the rest what few look
// for. Rows of errors are found by their sentences, whatever they count.
const (
	wholePage = 1.6
	seldom    = 0.6
)

// sections adds to the index what stands below each heading of a page, and the rows of errors.
func (g *guide) sections(doc ast.Node) {
	var at *entry
	var words []string
	end := func() {
		if at != nil {
			at.Text = strings.Join(words, " ")
			g.maker.index = append(g.maker.index, *at)
		}
		words = nil
	}
	for n := doc.FirstChild(); n != nil; n = n.NextSibling() {
		switch n := n.(type) {
		case *ast.Heading:
			end()
			id, _ := n.AttributeString("id")
			at = &entry{Title: g.text(n), Page: g.page.title, URL: g.page.out + hash(string(id.([]byte)))}
			if n.Level == 1 {
				at.URL, at.weight = g.page.out, wholePage
			}
		case *extast.Table:
			if g.page.of == errorsPage {
				g.rows(n, at)
				continue
			}
			words = append(words, g.text(n))
		default:
			words = append(words, g.text(n))
		}
	}
	end()
}

// rows adds the rows of a table of errors.
func (g *guide) rows(table ast.Node, section *entry) {
	for row := table.FirstChild(); row != nil; row = row.NextSibling() {
		says := g.says(row)
		id, ok := row.AttributeString("id")
		if !ok || len(says) == 0 {
			continue
		}
		var rest []string
		for cell := row.FirstChild().NextSibling(); cell != nil; cell = cell.NextSibling() {
			rest = append(rest, g.text(cell))
		}
		g.maker.index = append(g.maker.index, entry{
			Title: says[0], Page: g.page.title + " › " + section.Title, URL: g.page.out + hash(string(id.([]byte))),
			Text: strings.Join(rest, ". "), Says: says, weight: seldom,
		})
	}
}

// says are the sentences of a row: what its first cell has as code.
func (g *guide) says(row ast.Node) (all []string) {
	if row.FirstChild() == nil {
		return nil
	}
	for n := row.FirstChild().FirstChild(); n != nil; n = n.NextSibling() {
		if n.Kind() == ast.KindCodeSpan {
			all = append(all, g.text(n))
		}
	}
	return all
}

// How much a word counts by where it stands, and how much a long text takes from that (BM25F,
// Robertson and Zaragoza 2009, much as usual).
const (
	inTitle, inPage, inText = 6, 2, 1
	saturation              = 1.2
	forLength               = 0.5
)

// searchable is the index as the script in the pages reads it: the entries, and for each word
// the entries that have it, each followed by what the word counts there.
func searchable(entries []entry) ([]byte, error) {
	counts, lengths, total := make([]map[string]float64, len(entries)), make([]float64, len(entries)), 0.0
	have := map[string]float64{}
	for i, e := range entries {
		counts[i] = map[string]float64{}
		add := func(text string, weight float64) {
			for _, w := range wordsOf(text) {
				counts[i][w] += weight
			}
		}
		title := e.Title
		if len(e.Says) > 0 {
			title = strings.Join(e.Says, " ")
		}
		add(title, inTitle)
		add(e.Page, inPage)
		add(e.Text, inText)
		for w, n := range counts[i] {
			have[w]++
			lengths[i] += n
		}
		total += lengths[i]
	}
	words := map[string][]int{}
	for i := range entries {
		norm := saturation * (1 - forLength + forLength*lengths[i]*float64(len(entries))/total)
		for w, n := range counts[i] {
			rare := math.Log(1 + (float64(len(entries))-have[w]+0.5)/(have[w]+0.5))
			worth := 10 * rare * n * (saturation + 1) / (n + norm)
			if entries[i].weight != 0 {
				worth *= entries[i].weight
			}
			words[w] = append(words[w], i, max(1, int(worth)))
		}
	}
	shown := slices.Clone(entries)
	for i := range shown {
		shown[i].Text = shortened(shown[i].Text, 1200) // what is shown of it is a line, all of it is in the words
	}
	index, err := json.Marshal(map[string]any{"entries": shown, "words": words})
	return append(append([]byte("window.searchIndex = "), index...), ";\n"...), err
}

// wordsOf are the words of a text, in small letters. Those that are written together, as
// PushEvent, are there together and each by itself.
func wordsOf(text string) (words []string) {
	for _, w := range strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		words = append(words, strings.ToLower(w))
		start := 0
		for i, r := range w {
			if i > 0 && unicode.IsUpper(r) && (i-start > 1 || start > 0) {
				words = append(words, strings.ToLower(w[start:i]))
				start = i
			}
		}
		if start > 0 {
			words = append(words, strings.ToLower(w[start:]))
		}
	}
	return words
}
