package form

import "github.com/go-playground/validator/v10"

// purity is which fields of a type have pure rules alone, as an engine has them.
type purity struct {
	engine *validator.Validate
	// all: nothing that looks at whole structs is of a value of the type.
	all    bool
	leaves []bool
	// calm are the structs in which no other rules are, by their paths in Go: "" for the
	// whole.
	calm map[string]bool
}
