//go:build race

package liveview_test

// thinned is how many times fewer of very many like cases are tried.
const thinned = 8
