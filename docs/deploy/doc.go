// Package deploy has settings to copy, of docs/deployment.md, and tests that hold them
// against those who read them.
package deploy
