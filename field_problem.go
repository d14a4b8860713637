package liveview

import "github.com/gin-liveview/liveview/internal/form"

// FieldProblem is what is wrong with the value of a form's field, for
// [Config].Sentence.
type FieldProblem struct {
	// Name is the field's in the form, such as product[price].
	Name string

	// Rule is the validator's tag that the value doesn't keep, such as "required" or
	// "max"; "fit" for a text that is no value of the field's type, and "rows" for a list
	// of more rows than a form may have.
	Rule string

	// Param is the rule's, such as "40".
	Param string

	// Kind is what the field takes: "text", "whole" or "number" (numbers without and with
	// a fraction), "bool", "date", "datetime", "time", "month", "duration", "list", or "".
	Kind string

	// Example is a text that would fit, such as "2006-01-02"; "" if none is known.
	Example string

	english string
}

// String returns the sentence in English, to stand behind the field's label: "must be at
// most 40 characters".
func (p FieldProblem) String() string { return p.english }

// kinds are the names of what fields take.
var kinds = map[form.Kind]string{
	form.Text: "text", form.Whole: "whole", form.Number: "number", form.Flag: "bool", form.Date: "date",
	form.Moment: "datetime", form.Hour: "time", form.Month: "month", form.Length: "duration", form.Many: "list",
}

// newFieldProblem tells an application of p.
func newFieldProblem(p form.Problem) FieldProblem {
	return FieldProblem{p.Path, p.Rule, p.Param, kinds[p.Kind], p.Example, p.String()}
}
