package main

import (
	"fmt"
	"slices"
	"strings"
)

// field is one of a resource's.
type field struct {
	name
	Kind     string // one of kinds
	Optional bool
}

// kind is a type that fields can have.
type kind struct {
	goType   string
	tags     string    // of the form, besides its name
	sqlite   string    // the column, with the order of its values
	postgres string    // the same
	samples  [2]string // what a test enters
}

// kinds by the words that gen page knows.
var kinds = map[string]kind{
	"string":  {"string", `binding:"required,max=100"`, "TEXT COLLATE NOCASE", `TEXT COLLATE "und-x-icu"`, [2]string{"First", "Second"}},
	"text":    {"string", `binding:"required,max=5000"`, "TEXT", "TEXT", [2]string{"A text.", "Another text."}},
	"email":   {"string", `binding:"required,email,max=254"`, "TEXT COLLATE NOCASE", `TEXT COLLATE "und-x-icu"`, [2]string{"ann@example.com", "bob@example.com"}},
	"url":     {"string", `binding:"required,url,max=2000"`, "TEXT", "TEXT", [2]string{"https://example.com/a", "https://example.com/b"}},
	"int":     {"int", `binding:"required"`, "INTEGER", "BIGINT", [2]string{"3", "4"}},
	"decimal": {"decimal.Decimal", `binding:"required,gt=-10000000000,lt=10000000000"`, "DECIMAL(12, 2)", "NUMERIC(12, 2)", [2]string{"12.75", "13.25"}},
	"bool":    {"bool", "", "BOOLEAN", "BOOLEAN", [2]string{"true", "false"}},
	"date":    {"time.Time", `time_format:"2006-01-02" binding:"required"`, "DATE", "DATE", [2]string{"2030-12-24", "2031-01-06"}},
	"time":    {"time.Time", `time_format:"2006-01-02T15:04" binding:"required"`, "DATETIME", "TIMESTAMPTZ", [2]string{"2030-12-24T18:30", "2031-01-06T08:00"}},
}

// texts are the kinds that are one.
var texts = []string{"string", "text", "email", "url"}

// fieldOf reads a field, such as notes:text:optional.
func fieldOf(text string) (field, error) {
	parts := strings.Split(text, ":")
	if len(parts) < 2 || len(parts) > 3 || len(parts) == 3 && parts[2] != "optional" {
		return field{}, fmt.Errorf("%q is no field: give its name and type, such as total:decimal, or notes:text:optional", text)
	}
	f := field{Kind: parts[1], Optional: len(parts) == 3}
	if !snakeName.MatchString(parts[0]) {
		return field{}, fmt.Errorf("a field can't be called %q: give lower-case words of two letters at least, with underscores between them, such as due_date", parts[0])
	}
	f.name = nameOf(parts[0])
	if slices.Contains([]string{"ID", "CreatedAt", "UpdatedAt", "TableName"}, f.Go) {
		return field{}, fmt.Errorf("each row has a %s of its own: call the field otherwise, or leave it out", f.Snake)
	}
	if _, ok := kinds[f.Kind]; !ok {
		return field{}, fmt.Errorf("there is no type %q for the field %s: there are string, text, email, url, int, decimal, date, time and bool", f.Kind, f.Snake)
	}
	if f.Optional && !slices.Contains(texts, f.Kind) {
		return field{}, fmt.Errorf("%s can't be optional: only texts can, whose empty text says that there is none", f.Snake)
	}
	return f, nil
}

// Type is that of Go.
func (f field) Type() string { return kinds[f.Kind].goType }

// Tags are those of the struct's field.
func (f field) Tags() string {
	tags := kinds[f.Kind].tags
	if f.Optional {
		tags = strings.Replace(tags, "required", "omitempty", 1)
	}
	form := fmt.Sprintf("form:%q", f.Snake)
	if misread(f.Snake) {
		form += fmt.Sprintf(` gorm:"column:%s"`, f.Snake)
	}
	return strings.TrimSpace(form + " " + tags)
}

// Column is its name as SQL has it.
func (f field) Column() string { return sqlName(f.Snake) }

// Searched reports whether it is a text.
func (f field) Searched() bool { return slices.Contains(texts, f.Kind) }

// Number reports whether it stands at the right of its column.
func (f field) Number() bool { return f.Kind == "int" || f.Kind == "decimal" }

// Required reports whether an empty form has something wrong with it.
func (f field) Required() bool { return f.Kind != "bool" && !f.Optional }

// Sample is what a test enters, and OtherSample something else.
func (f field) Sample() string { return kinds[f.Kind].samples[0] }

// OtherSample is what it is changed to.
func (f field) OtherSample() string { return kinds[f.Kind].samples[1] }
