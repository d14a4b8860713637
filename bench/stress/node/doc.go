// Package node is the server that the stress is about: one process of an application that
// runs on several, with pages on which everything happens that the library has. Each page
// says what has come to it, in numbers, so that a client finds out what is lost, doubled or
// wrong.
package node
