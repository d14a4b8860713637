// Package engine renders html/template pages as HTML and as the tree of
// statics and dynamics that the LiveView client understands, and computes the
// difference between two renderings. [Parse] compiles a page to a [Template],
// [Template.HTML] renders it, and a [Tree], one for each client, has [Tree.Diff].
//
// # From source to program
//
// html/template parses the source and escapes it for the context of every
// action; that is the security, and it stays theirs. What it leaves behind is
// a parse tree in which each action names its escapers. The tree is compiled
// to a program (block.go) whose actions do the common cases themselves, such as
// printing a string field under the plain HTML escaper. Every other action is
// handed back to html/template, exactly as it wrote it (fragment.go). The output
// is the same, byte for byte, but for a newline where HTML would drop one: what an
// action shows first in a textarea or pre is shown as it is (check_markup.go).
//
// # From program to diff
//
// Each body of an if, with or range is a node with statics of its own. A node
// is known by the address of its statics, so they are sent once to a client and
// again only where it no longer holds them.
//
// A Tree mirrors what one client holds, in one of two ways. Most dynamics
// are evaluated on every diff and remembered by a 64-bit hash of their text.
// Where a part of the page reads nothing but flat data (numbers, booleans,
// strings and structs of these), the data itself is remembered instead: a
// typed copy, compared as memory, and only where it differs is anything
// evaluated, on the old data and the new side by side. Such a part is pure. A
// table of a thousand rows costs one copy of the rows and nothing per cell.
//
// # Streams
//
// A stream is a list of which neither the Tree nor the state keeps anything. What it
// was asked for since it was last rendered, operations with their items, is made one
// change (stream.go), whose entries are rendered and sent in full and then let go. So
// all that is held of it is which stream stands where, and by which number the client
// knows it. Copies of a state share the operations and what was sent of them, but what
// is asked of one isn't asked of another.
//
// # Components
//
// What writes its HTML itself, as templ's components do, can be a whole page
// or a part of one. There is no program then to tell statics and dynamics
// apart, so the HTML is taken apart instead, each time it is rendered
// (splitter.go); the Tree remembers the statics it found.
//
// Children of a kind are the entries of a comprehension, told apart by their id or
// data-key; others are a dynamic each, which can come to be none or several (layout.go).
// The entries are of one shape, with room at their ends, if all can be written so: a
// dynamic may be markup then. Otherwise each is a node, and those of one shape share its
// statics. What the client holds decides between several ways, so that as little as can be
// is sent again.
//
// Of an entry its length is kept, and a hash of its HTML: where the same is written again
// it isn't read, but passed over (piece.go). Of rows that components show by Rows the data
// is kept, and those that are equal aren't written at all: a comment stands for them, with
// a word in it that is this process's own (memo.go). Where that can't be resolved, the rows
// are written after all, before anything is compared.
//
// Every function and method a page calls is called once in each rendering, in
// the page's order. They must not change the state: a rendering is a reading.
//
// # Live components
//
// A live component has a template, and a [Part] with a tree, of its own. What shows it
// holds its number in place of its content: a [Host], which has all those of a page,
// gives each a number, and learns with each rendering which are shown and what they are
// given. Their statics are [Shared]: the client begins with a copy of one that it holds.
//
// # A page around another
//
// A template that says {{content}} is around another page: an inner layout around a
// view. The two are programs of their own, with a state each, and so have a Tree each:
// that of the inner one hangs in the outer one's. Where the outer one's diff comes to the
// content, it has the inner one's diff written, which is reset first if the client holds
// nothing there. A page that is around none costs nothing for it.
//
// # Roots and mistakes
//
// What a browser makes of HTML isn't always what is written: a div closes the p
// that it stands in. So the client is told that a node is one element only where
// that is certain (root.go, placeholder.go), and whoever wrote the HTML is told of
// what goes wrong in it: of a template when it is parsed (check_markup.go), of a
// component when the client is first sent HTML of its kind (markup.go).
//
// # The files, bottom-up
//
// A file names only files above it in this list.
//
// Data, as a program finds it:
//
//   - distance.go, how far names are apart
//   - memory.go, the only file that touches raw memory; flat.go, types whose
//     memory can be compared; class.go, the basic kinds; fields.go, sets of the
//     state's fields; errors.go, errors with their place in the source
//   - operand.go, where a value is found; frame.go, the slots it is found in
//   - fragment.go, actions that html/template executes; iterate.go, what a range
//     can be over
//   - host.go, what live components are to a rendering, and what surrounds it
//   - scalar.go and invocation.go, expressions and calls without html/template;
//     key.go, the keys of a list's entries
//   - stream_key.go, what tells the items of a stream apart; stream.go, what a stream
//     was asked for; stream_find.go, the streams in a state; stream_shown.go, those
//     that components show
//
// The client's side, which knows nothing of programs:
//
//   - escape.go and json.go, how text is written
//   - placeholder.go, what can stand for an element; beginning.go, how
//     attribute values begin; markup.go, what is wrong with HTML
//   - statics.go, what never changes of a node; node.go, what a client holds of
//     one; marker.go, what stands for live components in HTML, and memo.go, for rows;
//     content.go, a page within a page; scratch.go, memory for comparisons
//   - tape.go, a rendering; match.go, which entries of a list are which of the
//     old ones; diff.go, what a client has to be sent
//
// Programs:
//
//   - run.go, one evaluation; block.go, programs and the interface of actions
//   - event.go, what keeps data from running; the actions, a kind a file: text.go, branch.go (if and with), loop.go, with
//     rows.go for lists of flat rows, stream_loop.go, call.go (recursive templates), assign.go
//     (variables, break and continue), live.go (live components),
//     piece.go, layout.go and splitter.go with component.go, content_action.go (the view
//     within an inner layout)
//   - template.go, a whole program; tree.go, one client's mirror of it; part.go, that
//     of a live component
//
// What is known before anything is rendered:
//
//   - pipeline.go, nodes of the parse tree; ranged.go, ranges that may be over streams;
//     scope.go, what names mean;
//     attribute.go, functions whose result stands in a tag
//   - typer.go, signature.go, builtin.go and types.go, the types of pipelines;
//     keyed.go and dict.go, the functions of these names; normalize.go, break and continue; stream_typed.go
//     and stream_place.go, ranges over streams and where they stand; check.go and
//     check_markup.go, mistakes in a page and in its HTML
//
// Compiling:
//
//   - inline.go, templates in place of their calls; fragments.go, room for
//     fragments
//   - root.go, which nodes are a single element; compiler.go, the state of the
//     compilation, and blocks
//   - compile_operand.go, compile_scalar.go, compile_fragment.go and
//     compile_binding.go, what actions read
//   - compile_print.go, compile_attribute.go and compile_event.go, actions that print
//   - compile_text.go, compile_branch.go, compile_stream.go, compile_loop.go, compile_call.go,
//     compile_component.go, compile_live.go and compile_content.go, the actions;
//     myself.go, the number of the live component that is rendered
//   - primitive.go, the template functions of the engine's own; source.go, what
//     is parsed; compile.go and parse.go, all of it in its order
//
// A new kind of action is a type with the methods of action, a function that
// compiles it, and a line in a table: of statements (compile.go) if it has a
// syntax of its own, of primitives if it is a function. If it can be a part of
// pure lists, it has the methods of pureAction, too.
package engine
