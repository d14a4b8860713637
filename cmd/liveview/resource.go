package main

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// resource is what a page is about, as its templates in _page know it.
type resource struct {
	Single, Plural name
	Path           string // of the page
	Fields         []field

	Module  string // the application's
	variant        // that it is of
}

var typeName = regexp.MustCompile(`^[A-Z][A-Za-z0-9]*$`)

// resourceOf returns what the arguments of gen page ask for.
func resourceOf(plural, single string, fields []string) (resource, error) {
	if !snakeName.MatchString(plural) {
		return resource{}, fmt.Errorf("a page can't be called %q: give lower-case words of two letters at least, with underscores between them, such as purchase_orders", plural)
	}
	if !typeName.MatchString(single) {
		return resource{}, fmt.Errorf("a type can't be called %q: give a name of Go that begins with a capital, such as PurchaseOrder", single)
	}
	r := resource{Single: nameOf(snakeOf(single)), Plural: nameOf(plural), Path: "/" + strings.ReplaceAll(plural, "_", "-")}
	if r.Single.Go != single {
		return resource{}, fmt.Errorf("the type %s is called %s in Go: call it so", single, r.Single.Go)
	}
	if strings.EqualFold(r.Single.Go, r.Plural.Go) {
		return resource{}, fmt.Errorf("page and type are both called %s: NAME is the plural and TYPE the singular, so give one of them another name, such as %s_list", single, r.Single.Snake)
	}
	for _, n := range []name{r.Single, r.Plural} {
		if part := lastPart(n.Snake); slices.Contains(fileSuffixes, part) {
			return resource{}, fmt.Errorf("%s.go would be a file for %s alone, or of tests: choose a name that doesn't end with it", n.Snake, part)
		}
	}
	for _, text := range fields {
		f, err := fieldOf(text)
		if err != nil {
			return resource{}, err
		}
		if slices.ContainsFunc(r.Fields, func(other field) bool { return other.Go == f.Go }) {
			return resource{}, fmt.Errorf("there are two fields called %s: drop one of them", f.Snake)
		}
		r.Fields = append(r.Fields, f)
	}
	if first := r.Fields[0]; !first.Searched() || first.Kind == "text" || first.Optional {
		return resource{}, fmt.Errorf("the first field names a row, and %s can't: put one such as name:string first", first.Snake)
	}
	return r, nil
}

// First is the field that names a row.
func (r resource) First() field { return r.Fields[0] }

// Columns are the fields that the table shows.
func (r resource) Columns() []field {
	return slices.DeleteFunc(slices.Clone(r.Fields), func(f field) bool { return f.Kind == "text" })
}

// Searched are those that a search looks into.
func (r resource) Searched() []field {
	return slices.DeleteFunc(slices.Clone(r.Fields), func(f field) bool { return !f.Searched() })
}

// Has reports whether there is a field of one of these kinds.
func (r resource) Has(kinds ...string) bool {
	return slices.ContainsFunc(r.Fields, func(f field) bool { return slices.Contains(kinds, f.Kind) })
}

// SQL is the type of a field's column.
func (r resource) SQL(f field) string {
	if r.Postgres {
		return kinds[f.Kind].postgres
	}
	return kinds[f.Kind].sqlite
}

// Table is the table's name as SQL has it.
func (r resource) Table() string { return sqlName(r.Plural.Snake) }

// templFile is the page's HTML where that is written in templ.
func (r resource) templFile() string { return filepath.Join("web", r.Plural.Snake+".templ") }

// generatedFile is what templ makes of it.
func (r resource) generatedFile() string { return filepath.Join("web", r.Plural.Snake+"_templ.go") }
