package book

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/doc"
	"go/doc/comment"
	"go/parser"
	"go/printer"
	"go/token"
	"html"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
)

// module is the project's.
const module = "github.com/gin-liveview/liveview"

// pkg is a package of the project's that programs import, with what its doc comments say.
type pkg struct {
	dir   string // in the project, "." for the root
	files *token.FileSet
	doc   *doc.Package
}

// packagesOf finds the packages of a project that are for others: not those of commands,
// examples and tests.
func packagesOf(root fs.FS) (found []*pkg, err error) {
	err = fs.WalkDir(root, ".", func(dir string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		switch d.Name() {
		case "internal", "example", "testdata", "cmd", "docs", "e2e", "matrix", "bench":
			return fs.SkipDir
		}
		if dir != "." && hidden(d.Name()) {
			return fs.SkipDir
		}
		p, err := readPackage(root, dir)
		if p != nil {
			found = append(found, p)
		}
		return err
	})
	slices.SortStableFunc(found, func(a, b *pkg) int { // the root's modules behind what it has itself
		return strings.Count(a.dir, "/") - strings.Count(b.dir, "/")
	})
	return found, err
}

// readPackage reads the package of a folder, nil if there is none to be imported.
func readPackage(root fs.FS, dir string) (*pkg, error) {
	names, err := fs.Glob(root, path.Join(dir, "*.go"))
	if err != nil {
		return nil, err
	}
	p := &pkg{dir: dir, files: token.NewFileSet()}
	var parsed []*ast.File
	importable := false
	for _, name := range names {
		isTest := strings.HasSuffix(name, "_test.go")
		if isTest && !strings.HasSuffix(name, "example_test.go") {
			continue
		}
		source, err := fs.ReadFile(root, name)
		if err != nil {
			return nil, err
		}
		f, err := parser.ParseFile(p.files, name, source, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		if f.Name.Name == "main" {
			return nil, nil //nolint:nilnil // a command: nothing is wrong, and nothing to be told
		}
		importable = importable || !isTest
		parsed = append(parsed, f)
	}
	if !importable {
		return nil, nil //nolint:nilnil // a folder without one
	}
	p.doc, err = doc.NewFromFiles(p.files, parsed, path.Join(module, dir))
	return p, err
}

// name is that of the package, which its importers write.
func (p *pkg) name() string {
	if p.dir == "." {
		return p.doc.Name
	}
	return p.dir
}

// out is the place of its page.
func (p *pkg) out() string {
	if p.dir == "." {
		return "packages/liveview.html"
	}
	return "packages/" + strings.ReplaceAll(p.dir, "/", "-") + ".html"
}

func (m *maker) packageIn(dir string) *pkg {
	for _, p := range m.packages {
		if p.dir == dir || p.dir == "." && dir == "" {
			return p
		}
	}
	return nil
}

// api makes the page of a package.
func (m *maker) api(p *pkg) {
	a := &api{
		maker: m, pkg: p,
		page: &page{of: p.dir, out: p.out(), title: "package " + p.name(), about: p.doc.Synopsis(p.doc.Doc)},
	}
	fmt.Fprintf(&a.b, "<h1>package %s</h1>\n<pre><code>import &quot;%s&quot;</code></pre>\n", p.name(), p.doc.ImportPath)
	a.index("package "+p.name(), "", p.doc.Doc)
	a.comment(p.doc.Doc, 2)
	a.examples(p.doc.Examples)
	a.values("Constants", p.doc.Consts)
	a.values("Variables", p.doc.Vars)
	if len(p.doc.Funcs) > 0 {
		a.heading(2, "Functions", "functions", "")
		for _, f := range p.doc.Funcs {
			a.function(3, f.Name, f)
		}
	}
	if len(p.doc.Types) > 0 {
		a.heading(2, "Types", "types", "")
		for _, t := range p.doc.Types {
			a.typ(t)
		}
	}
	a.page.content = a.b.Bytes()
	m.pages = append(m.pages, a.page)
}

// api is the page of a package in the making.
type api struct {
	maker *maker
	pkg   *pkg
	page  *page
	b     bytes.Buffer
}

func (a *api) heading(level int, text, id, kind string) {
	a.page.headings = append(a.page.headings, heading{Level: level, Text: text, ID: id})
	if kind != "" {
		text = `<span class="k">` + kind + "</span> " + html.EscapeString(text)
	}
	fmt.Fprintf(&a.b, `<h%d id="%s">%s <a class="anchor" href="#%s" tabindex="-1" aria-hidden="true">#</a></h%d>`+"\n", level, id, text, id, level)
}

func (a *api) values(name string, values []*doc.Value) {
	if len(values) == 0 {
		return
	}
	a.heading(2, name, strings.ToLower(name), "")
	for _, v := range values {
		a.value(v)
	}
}

func (a *api) value(v *doc.Value) {
	for _, name := range v.Names {
		if token.IsExported(name) {
			fmt.Fprintf(&a.b, "<span id=\"%s\"></span>", name)
			a.add(name, name, v.Doc, seldom)
		}
	}
	a.code(v.Decl)
	a.comment(v.Doc, 4)
}

func (a *api) function(level int, name string, f *doc.Func) {
	a.heading(level, name, name, "func")
	a.index(name, name, f.Doc)
	fmt.Fprintf(&a.b, "<pre class=\"signature\"><code>%s</code></pre>\n", a.print(f.Decl))
	a.comment(f.Doc, 5)
	a.examples(f.Examples)
}

func (a *api) typ(t *doc.Type) {
	a.heading(3, t.Name, t.Name, "type")
	a.fields(t)
	a.code(t.Decl)
	a.comment(t.Doc, 4)
	a.examples(t.Examples)
	for _, v := range append(slices.Clone(t.Consts), t.Vars...) {
		a.value(v)
	}
	for _, f := range t.Funcs {
		a.function(4, f.Name, f)
	}
	for _, f := range t.Methods {
		a.function(4, t.Name+"."+f.Name, f)
	}
}

// fields has what a struct or an interface has in it found, and linked to, by its name.
func (a *api) fields(t *doc.Type) {
	text, below := []string{t.Doc}, map[string]bool{}
	for _, f := range t.Methods {
		below[f.Name] = true
	}
	for _, spec := range t.Decl.Specs {
		var list *ast.FieldList
		switch of := spec.(*ast.TypeSpec).Type.(type) {
		case *ast.StructType:
			list = of.Fields
		case *ast.InterfaceType:
			list = of.Methods
		default:
			continue
		}
		for _, f := range list.List {
			for _, name := range f.Names {
				text = append(text, name.Name)
				if name.IsExported() && !below[name.Name] {
					fmt.Fprintf(&a.b, "<span id=\"%s.%s\"></span>", t.Name, name.Name)
				}
			}
			text = append(text, f.Doc.Text(), f.Comment.Text())
		}
	}
	a.index(t.Name, t.Name, strings.Join(text, " "))
}

func (a *api) code(node ast.Node) { fmt.Fprintf(&a.b, "<pre><code>%s</code></pre>\n", a.print(node)) }

func (a *api) print(node any) string {
	var b bytes.Buffer
	config := printer.Config{Mode: printer.UseSpaces | printer.TabIndent, Tabwidth: 8}
	if err := config.Fprint(&b, a.pkg.files, node); err != nil {
		a.maker.fail(a.page.of, "%w", err)
	}
	return colour("go", b.String())
}

// comment shows a doc comment, whose headings are of the level given and those after it.
func (a *api) comment(text string, level int) {
	p := a.pkg.doc.Printer()
	p.HeadingLevel = level
	p.DocLinkURL = a.link
	if level > 2 {
		p.HeadingID = func(*comment.Heading) string { return "" }
	}
	parsed := a.pkg.doc.Parser().Parse(text)
	if level == 2 {
		for _, block := range parsed.Content {
			if h, ok := block.(*comment.Heading); ok {
				title := (&comment.Printer{TextWidth: -1}).Text(&comment.Doc{Content: []comment.Block{&comment.Paragraph{Text: h.Text}}})
				a.page.headings = append(a.page.headings, heading{Level: 2, Text: strings.TrimSpace(string(title)), ID: h.DefaultID()})
			}
		}
	}
	a.b.Write(p.HTML(parsed))
}

// link is where a name in a doc comment leads.
func (a *api) link(l *comment.DocLink) string {
	name := l.Name
	if l.Recv != "" {
		name = l.Recv + "." + l.Name
	}
	if l.ImportPath == "" {
		return hash(name)
	}
	if l.ImportPath != module && !strings.HasPrefix(l.ImportPath, module+"/") {
		return l.DefaultURL("https://pkg.go.dev")
	}
	dir := strings.TrimPrefix(strings.TrimPrefix(l.ImportPath, module), "/")
	if p := a.maker.packageIn(dir); p != nil {
		return relative(a.page.out, p.out()) + hash(name)
	}
	if place := a.maker.place(dir); place != "" {
		return relative(a.page.out, place)
	}
	a.maker.fail(a.page.of, "a doc comment names %s, which isn't there", l.ImportPath)
	return ""
}

// outputComment is what an example is held against, in colour: it is shown by itself.
var outputComment = regexp.MustCompile(`\n*<span class="c">// (?:Unordered o|O)utput:[\s\S]*$`)

func (a *api) examples(all []*doc.Example) {
	for _, e := range all {
		name := "Example"
		if e.Suffix != "" {
			name += ": " + strings.ReplaceAll(e.Suffix, "_", " ")
		}
		code := a.print(&printer.CommentedNode{Node: e.Code, Comments: e.Comments})
		if inner, ok := strings.CutPrefix(code, "{"); ok {
			code = strings.Trim(strings.ReplaceAll(strings.TrimSuffix(inner, "}"), "\n\t", "\n"), "\n")
		}
		code = outputComment.ReplaceAllString(code, "")
		fmt.Fprintf(&a.b, "<details class=\"example\"><summary>%s</summary>\n", html.EscapeString(name))
		a.comment(e.Doc, 5)
		fmt.Fprintf(&a.b, "<pre><code>%s</code></pre>\n", code)
		if e.Output != "" {
			fmt.Fprintf(&a.b, "<p>It prints:</p>\n<pre><code>%s</code></pre>\n", html.EscapeString(strings.TrimSpace(e.Output)))
		}
		a.b.WriteString("</details>\n")
	}
}

// index adds a name to what can be searched. Few look for packages that applications have
// nothing to do with.
func (a *api) index(title, id, text string) {
	weight := 1.0
	switch {
	case slices.Contains([]string{"protocol", "store/storetest", "pubsub/pubsubtest"}, a.pkg.dir):
		weight = seldom
	case id == "":
		weight = wholePage
	}
	a.add(title, id, text, weight)
}

func (a *api) add(title, id, text string, weight float64) {
	a.maker.index = append(a.maker.index, entry{
		Title: title, Page: a.page.title, URL: a.page.out + hash(id), Text: strings.Join(strings.Fields(text), " "), weight: weight,
	})
}
