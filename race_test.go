//go:build race

package liveview_test

// thinned is how many times fewer of very many like cases are tried with the race
// detector, which makes them ten times as slow. The tests on 386 try them all.
const thinned = 8
