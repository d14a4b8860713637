package engine

// Attribute is how a function's result stands in a tag, in place of an
// attribute's name: most of what it returns is the same for each call, and so
// need not be sent again.
type Attribute struct {
	Before string // the name of the attribute, =, and a double quote
	Value  string // names the function of [Source].Funcs that returns the value, a string, for the same arguments
	After  string // a double quote, and what else there is

	// Check returns what is wrong with a call, as far as that is known without a
	// value: path is the first argument if that is a constant, nil otherwise, and
	// args is how many there are, -1 if that isn't known. It may be nil.
	Check func(path *string, args int) error
}
