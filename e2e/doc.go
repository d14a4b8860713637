// Package e2e tests live pages as a person meets them: in Chromium, with the
// official client. It is a module of its own, so that what drives the browser
// is no dependency of an application's.
//
// One Chromium serves all tests; each person in them has a profile of their own
// in it, with cookies, and tabs (browser_test.go). A page is the gallery's
// (gallery_test.go), that of a site made for the test (lab_test.go), or that of
// a cluster: nodes (node/) behind a proxy, perhaps with a broker (proxy_test.go,
// broker_test.go).
//
// Tests wait for what they expect to see and never for a time, and run beside
// each other. Of proofs that take long the default is a shorter one of the same;
// the flag -slow has them in full:
//
//	go test -race .
//	go test -race . -slow
//
// By the flag -longpoll no page has a WebSocket, so that all goes by long-poll:
//
//	go test -race . -longpoll
package e2e
