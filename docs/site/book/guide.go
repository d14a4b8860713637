package book

import (
	"bytes"
	"fmt"
	"html"
	"image"
	_ "image/png" // for the sizes of pictures
	"io/fs"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// guide makes the page of a file of text.
func (m *maker) guide(name string) {
	source, err := fs.ReadFile(m.root, name)
	if err != nil {
		m.fail(name, "%w", err)
		return
	}
	g := &guide{maker: m, page: &page{of: name, out: m.places[name]}, source: source, ids: map[string]int{}}
	md := goldmark.New(goldmark.WithExtensions(extension.Table, extension.Strikethrough))
	md.Renderer().AddOptions(renderer.WithNodeRenderers(util.Prioritized(g, 1)))
	doc := md.Parser().Parse(text.NewReader(source))
	if err := ast.Walk(doc, g.visit); err != nil {
		m.fail(name, "%w", err)
		return
	}
	if g.page.title == "" {
		m.fail(name, "has no heading")
	}
	g.sections(doc)
	var b bytes.Buffer
	if err := md.Renderer().Render(&b, source, doc); err != nil {
		m.fail(name, "%w", err)
	}
	g.page.content = b.Bytes()
	m.pages = append(m.pages, g.page)
}

// guide is a page of text in the making.
type guide struct {
	maker  *maker
	page   *page
	source []byte
	ids    map[string]int // how many headings have asked for each
}

// visit sets right, in what was read, what is different in a site: where links lead, and what
// headings and rows are linked to by.
func (g *guide) visit(n ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkContinue, nil
	}
	switch n := n.(type) {
	case *ast.Heading:
		h := heading{Level: n.Level, Text: g.text(n)}
		h.ID = g.id(h.Text)
		n.SetAttributeString("id", []byte(h.ID))
		if h.Level == 1 {
			g.page.title = h.Text
		}
		g.page.headings = append(g.page.headings, h)
	case *ast.Paragraph:
		if g.page.about == "" && n.Parent().Kind() == ast.KindDocument {
			g.page.about = shortened(g.text(n), 200)
		}
	case *ast.Link:
		n.Destination = []byte(g.maker.link(g.page.of, g.page.out, string(n.Destination)))
	case *ast.Image:
		if g.text(n) == "" {
			g.maker.fail(g.page.of, "the picture %s says nothing to those who don't see it", n.Destination)
		}
		n.SetAttributeString("loading", []byte("lazy"))
		if size, err := g.sizeOf(string(n.Destination)); err == nil {
			n.SetAttributeString("width", []byte(strconv.Itoa(size.Width)))
			n.SetAttributeString("height", []byte(strconv.Itoa(size.Height)))
		}
		n.Destination = []byte(g.maker.link(g.page.of, g.page.out, string(n.Destination)))
	case *extast.TableRow:
		if says := g.says(n); g.page.of == errorsPage && len(says) > 0 {
			n.SetAttributeString("id", []byte(g.id(shortened(says[0], 60))))
		}
	}
	return ast.WalkContinue, nil
}

func (g *guide) sizeOf(picture string) (image.Config, error) {
	f, err := g.maker.root.Open(joined(g.page.of, picture))
	if err != nil {
		return image.Config{}, err
	}
	defer func() { _ = f.Close() }()
	size, _, err := image.DecodeConfig(f)
	return size, err
}

// text is what is to be read in a node.
func (g *guide) text(n ast.Node) string {
	var b strings.Builder
	_ = ast.Walk(n, func(n ast.Node, entering bool) (ast.WalkStatus, error) { // which returns what this does
		if !entering {
			if n.Type() == ast.TypeBlock {
				b.WriteByte(' ')
			}
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Text:
			b.Write(n.Value(g.source))
			if n.SoftLineBreak() || n.HardLineBreak() {
				b.WriteByte(' ')
			}
		case *ast.String:
			b.Write(n.Value)
		case *ast.RawHTML:
			b.WriteByte(' ')
		case *ast.FencedCodeBlock, *ast.CodeBlock:
			b.Write(n.Lines().Value(g.source))
		}
		return ast.WalkContinue, nil
	})
	return strings.Join(strings.Fields(html.UnescapeString(b.String())), " ")
}

var notInIDs = regexp.MustCompile(`[^\pL\pN _-]`)

// id is what a heading is linked to by, as GitHub makes it: the second of a name has -1 at its
// end.
func (g *guide) id(text string) string {
	id := strings.ReplaceAll(notInIDs.ReplaceAllString(strings.ToLower(text), ""), " ", "-")
	n := g.ids[id]
	g.ids[id]++
	if n > 0 {
		return fmt.Sprintf("%s-%d", id, n)
	}
	return id
}

// RegisterFuncs names what is written otherwise than goldmark does.
func (g *guide) RegisterFuncs(r renderer.NodeRendererFuncRegisterer) {
	r.Register(ast.KindFencedCodeBlock, g.code)
	r.Register(ast.KindCodeBlock, g.code)
	r.Register(ast.KindHTMLBlock, g.comment)
	r.Register(ast.KindRawHTML, g.raw)
	r.Register(ast.KindHeading, g.heading)
	r.Register(extast.KindTableCell, g.cell)
}

// cell writes a cell of a table. One at the top that says nothing is no heading of its column.
func (g *guide) cell(w util.BufWriter, _ []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	tag := "<td>"
	if n.Parent().Kind() == extast.KindTableHeader && n.HasChildren() {
		tag = "<th>"
	}
	if !entering {
		tag = "</" + tag[1:] + "\n"
	}
	_, err := w.WriteString(tag)
	return ast.WalkContinue, err
}

func (g *guide) heading(w util.BufWriter, _ []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	level := n.(*ast.Heading).Level
	value, _ := n.AttributeString("id")
	id, _ := value.([]byte)
	if entering {
		_, err := fmt.Fprintf(w, `<h%d id="%s">`, level, id)
		return ast.WalkContinue, err
	}
	_, err := fmt.Fprintf(w, ` <a class="anchor" href="#%s" tabindex="-1" aria-hidden="true">#</a></h%d>`+"\n", id, level)
	return ast.WalkContinue, err
}

func (g *guide) code(w util.BufWriter, source []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkContinue, nil
	}
	language := ""
	if f, ok := n.(*ast.FencedCodeBlock); ok {
		language = string(f.Language(source))
	}
	_, err := w.WriteString(`<pre><code>` + colour(language, string(n.Lines().Value(source))) + "</code></pre>\n")
	return ast.WalkSkipChildren, err
}

// comment shows the example that a comment names. Other comments are for those who write, and
// for tests.
func (g *guide) comment(w util.BufWriter, source []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkContinue, nil
	}
	comment := string(n.Lines().Value(source))
	if block, ok := n.(*ast.HTMLBlock); ok && block.HasClosure() {
		comment += string(block.ClosureLine.Value(source))
	}
	inner, isComment := strings.CutPrefix(strings.TrimSpace(comment), "<!--")
	inner, closed := strings.CutSuffix(inner, "-->")
	if !isComment || !closed {
		g.maker.fail(g.page.of, "has HTML that the site has no form for: %s", comment)
		return ast.WalkContinue, nil
	}
	names, isLive := strings.CutPrefix(strings.TrimSpace(inner), "live:")
	if !isLive {
		return ast.WalkContinue, nil
	}
	_, err := w.WriteString(g.maker.example(g.page, strings.Fields(names)))
	return ast.WalkContinue, err
}

// raw lets a line end within a cell of a table, which has no other way to.
func (g *guide) raw(w util.BufWriter, source []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkContinue, nil
	}
	tag := string(n.(*ast.RawHTML).Segments.Value(source))
	if tag != "<br>" {
		g.maker.fail(g.page.of, "has HTML that the site has no form for: %s", tag)
		return ast.WalkContinue, nil
	}
	_, err := w.WriteString(tag)
	return ast.WalkContinue, err
}

// shortened is a text of so many bytes at most, cut between words.
func shortened(text string, most int) string {
	if len(text) <= most {
		return text
	}
	cut := text[:most]
	for !utf8.ValidString(cut) {
		cut = cut[:len(cut)-1]
	}
	if i := strings.LastIndexFunc(cut, unicode.IsSpace); i > 0 {
		cut = cut[:i]
	}
	return strings.TrimRight(cut, " ,;:.") + " …"
}
