// Package matrix sets live pages behind the middleware, routers and servers that
// Gin applications run with, and goes through each with one tour: by liveviewtest,
// and for some in Chromium. It is a module of its own, so that what it imports
// reaches nobody.
package matrix
