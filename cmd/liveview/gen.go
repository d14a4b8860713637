package main

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"go/format"
	"os"
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

It writes data/TYPE.go, a migration, and web/NAME.go with its template and test, and adds the page
to the menu in web/web.go. It changes nothing else, and nothing that is there.
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
	if err := p.write(files, menu); err != nil {
		return "", err
	}
	return said(r, files), nil
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

// write writes the new files and the menu, or nothing.
func (p *project) write(files map[string][]byte, menu []byte) (err error) {
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
	return os.WriteFile(filepath.Join(p.dir, menuFile), menu, 0o644)
}

// said is what there is to say then.
func said(r resource, files map[string][]byte) string {
	text := "written:\n"
	for _, name := range sorted(files) {
		text += "    " + filepath.ToSlash(name) + "\n"
	}
	text += "and a line in " + filepath.ToSlash(menuFile) + ". To see it:\n\n"
	return text + "    go test ./...\n    go run .             # http://127.0.0.1:8080" + r.Path + "\n"
}
