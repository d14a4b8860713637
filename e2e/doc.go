// Package e2e tests live pages as a person meets them: in Chromium, with the
// official client. It is a module of its own, so that what drives the browser
// is no dependency of an application's.
package e2e
