//go:build !race

package liveview_test

const thinned = 1
