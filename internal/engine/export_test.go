package engine

// ParseLax is [Parse] without its look at the page's HTML.
func ParseLax(src Source) (*Template, error) { return parsePage(src, true) }

// Recursive returns templates without which none could reach itself.
var Recursive = recursive
