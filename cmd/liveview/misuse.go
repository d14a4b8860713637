package main

// misuse is an error of how the command was called.
type misuse struct{ error }
