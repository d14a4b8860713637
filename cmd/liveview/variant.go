package main

import (
	"path"
	"regexp"
	"slices"
)

// variant is one of the applications that can be written. Its fields are what the templates of
// texts ask for.
type variant struct {
	Postgres bool // PostgreSQL is the database, and not SQLite
	Templ    bool // pages are written in templ, and not in html/template
}

// folders are those whose files make up the application; of two files of one name the later one
// is taken.
func (v variant) folders() []string {
	folders := []string{"_app", v.module()}
	if v.Postgres {
		folders = append(folders, "_postgres")
	}
	if v.Templ {
		folders = append(folders, "_templ")
	}
	return folders
}

// module is the folder with its go.mod and go.sum.
func (v variant) module() string {
	name := "_mod/sqlite"
	if v.Postgres {
		name = "_mod/postgres"
	}
	if v.Templ {
		name += "-templ"
	}
	return name
}

// ofTemplates are the files that templ has no use for.
var ofTemplates = []string{"web/*.html", "web/components/*.html", "web/components.go", "web/templates.go"}

// omits reports whether the application has no such file.
func (v variant) omits(name string) bool {
	return v.Templ && slices.ContainsFunc(ofTemplates, func(pattern string) bool {
		matched, err := path.Match(pattern, name)
		return err == nil && matched
	})
}

// pageRender is how a view is shown by its template.
var pageRender = regexp.MustCompile(`\b(\w+Page)\.Render\(st\)`)

// shown has a Go file of _app show views as the variant does.
func (v variant) shown(text string) string {
	if !v.Templ {
		return text
	}
	return pageRender.ReplaceAllString(text, "liveview.RenderComponent($1(st))")
}

// The requirements by which variants are known.
var (
	postgresLine = requirement("gorm.io/driver/postgres")
	templLine    = requirement("github.com/a-h/templ")
)

// requirement matches the line of a go.mod that requires a module, unless others do.
func requirement(module string) *regexp.Regexp {
	return regexp.MustCompile(`(?m)^(?:require)?\s+` + regexp.QuoteMeta(module) + ` v\S+$`)
}

// variantOf tells by what a go.mod requires which one an application is.
func variantOf(mod []byte) variant {
	return variant{Postgres: postgresLine.Match(mod), Templ: templLine.Match(mod)}
}
