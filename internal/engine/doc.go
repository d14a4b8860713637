// Package engine renders html/template pages as HTML and as the tree of
// statics and dynamics that the LiveView client understands, and computes the
// difference between two renderings.
//
// # From source to program
//
// html/template parses the source and escapes it for the context of every
// action; that is the security, and it stays theirs. What it leaves behind is
// a parse tree in which each action names its escapers. The tree is compiled
// to a program (see block) whose steps do the common cases themselves, such as
// printing a string field under the plain HTML escaper, and hand every other
// action, exactly as html/template wrote it, back to html/template (see
// fragment). The output is the same, byte for byte.
//
// # From program to diff
//
// Each body of an if, with or range is a node with statics of its own. A node
// is known by the address of its block, so the statics are sent once to a
// client and again only where it no longer holds them.
//
// A [Tree] mirrors what one client holds, in one of two ways. Most dynamics
// are evaluated on every diff and remembered by a 64-bit hash of their text.
// Where a part of the page reads nothing but flat data (numbers, booleans,
// strings and structs of these), the data itself is remembered instead: a
// typed copy, compared as memory, and only where it differs is anything
// evaluated, on the old data and the new side by side. A table of a thousand
// rows costs one copy of the rows and nothing per cell.
//
// # Components
//
// What writes its HTML itself, as templ's components do, can be a whole page
// or a part of one. There is no program then to tell statics and dynamics
// apart, so the HTML is taken apart instead, each time it is rendered (see
// component.go and part.go); the Tree remembers the shapes it found.
//
// Every function and method a page calls is called once in each rendering, in
// the page's order. They must not change the state: a rendering is a reading.
package engine
