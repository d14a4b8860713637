package main

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"go/format"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"text/template"
)

const genHelp = `usage: liveview gen page NAME TYPE FIELD:TYPE[:optional]...

adds a page with a table to the application in this folder, such as

  liveview gen page orders Order number:string total:decimal due:date paid:bool notes:text:optional

NAME is the page, in the plural, and TYPE what a row is, as Go names it. The first field names a
row, so it is a string. There are these types:

  string, text, email, url   texts, of which text has several lines; they may be optional
  int, decimal               numbers
  date, time                 a day, and a day with its time
  bool                       yes or no

It writes data/TYPE.go, a migration, and web/NAME.go with its template and test, or with a file of
templ and the Go of that where the application has templ, and adds the page to the menu in
web/web.go. It changes nothing else, and nothing that is there.
`

//go:embed _page
var pageTemplates embed.FS

// runGen adds a page to the application in the working directory.
func runGen(args []string) (string, error) {
	if len(args) > 0 && (args[0] == "-h" || args[0] == "-help" || args[0] == "--help") {
		return genHelp, nil
	}
	if len(args) < 4 || args[0] != "page" {
		return "", misuse{errors.New("gen wants a page, its type and a field at least")}
	}
	r, err := resourceOf(args[1], args[2], args[3:])
	if err != nil {
		return "", err
	}
	p, err := openProject(".")
	if err != nil {
		return "", err
	}
	files, err := p.page(r)
	if err != nil {
		return "", err
	}
	menu, err := p.menu(r)
	if err != nil {
		return "", err
	}
	if err := p.vacant(r, files); err != nil {
		return "", err
	}
	if err := p.write(files, menu, func() error { return p.generate(r) }); err != nil {
		return "", err
	}
	written := sorted(files)
	if p.Templ {
		written = append(written, r.generatedFile())
	}
	return said(r, written), nil
}

// generate makes Go of the page's HTML, by the version of templ that the application has.
func (p *project) generate(r resource) error {
	if !p.Templ {
		return nil
	}
	cmd := exec.Command("go", "tool", "templ", "generate", "-f", r.templFile())
	cmd.Dir = p.dir
	if out, err := cmd.CombinedOutput(); err != nil {
		_ = os.Remove(filepath.Join(p.dir, r.generatedFile()))
		return fmt.Errorf("go tool templ generate: %w\n%s", err, out)
	}
	return nil
}

// page returns the files of a page by their paths.
func (p *project) page(r resource) (map[string][]byte, error) {
	r.Module, r.variant = p.module, p.variant
	number, err := p.nextMigration()
	if err != nil {
		return nil, err
	}
	names := map[string]string{
		"row.go.tmpl":        filepath.Join("data", r.Single.Snake+".go"),
		"migration.sql.tmpl": filepath.Join("data", "migrations", fmt.Sprintf("%05d_%s.sql", number, r.Plural.Snake)),
		"page.go.tmpl":       filepath.Join("web", r.Plural.Snake+".go"),
		"page_test.go.tmpl":  filepath.Join("web", r.Plural.Snake+"_test.go"),
		"page.html.tmpl":     filepath.Join("web", r.Plural.Snake+".html"),
	}
	if p.Templ {
		delete(names, "page.html.tmpl")
		names["page.templ.tmpl"] = r.templFile()
	}
	all, err := template.New("").Delims("«", "»").ParseFS(pageTemplates, "_page/*.tmpl")
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	for from, to := range names {
		var b bytes.Buffer
		if err := all.ExecuteTemplate(&b, from, r); err != nil {
			return nil, err
		}
		content := b.Bytes()
		if strings.HasSuffix(to, ".go") {
			if content, err = format.Source(content); err != nil {
				return nil, fmt.Errorf("%s: %w", to, err)
			}
		}
		files[to] = content
	}
	return files, nil
}

// write writes the new files and the menu, or nothing. finish is called when the files are there.
func (p *project) write(files map[string][]byte, menu []byte, finish func() error) (err error) {
	var written []string
	defer func() {
		if err != nil {
			for _, name := range written {
				_ = os.Remove(name)
			}
		}
	}()
	for _, name := range sorted(files) {
		to := filepath.Join(p.dir, name)
		if err := writeNew(to, files[name]); err != nil {
			return err
		}
		written = append(written, to)
	}
	if err := finish(); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(p.dir, menuFile), menu, 0o644)
}

// said is what there is to say then.
func said(r resource, written []string) string {
	text := "written:\n"
	for _, name := range written {
		text += "    " + filepath.ToSlash(name) + "\n"
	}
	text += "and a line in " + filepath.ToSlash(menuFile) + ". To see it:\n\n"
	return text + "    go test ./...\n    go run .             # http://127.0.0.1:8080" + r.Path + "\n"
}
