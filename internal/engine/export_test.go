package engine

// ParseLax is [Parse] without its look at the page's HTML.
func ParseLax(src Source) (*Template, error) { return parsePage(src, true) }

// Recursive returns the templates that can reach themselves.
var Recursive = recursive
