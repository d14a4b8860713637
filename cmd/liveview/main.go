// Command liveview writes applications of live pages, and pages into them.
//
//	liveview new shop
//	liveview gen page orders Order number:string total:decimal
//
// The first writes an application: log-in, a database with migrations, a table with search,
// dialogs, nested rows and pictures, tests, and what a deployment takes. The second, in the
// folder of such an application, adds a page with a table of its own. docs/starter.md tells of
// both.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

const usage = `usage: liveview COMMAND

  new [FLAG...] DIR                  writes an application into DIR
  gen page NAME TYPE FIELD:TYPE...   adds a page with a table to the application in this folder
  help [COMMAND]                     says more
`

// commands by their names; each returns what it has to say when it is done.
var commands = map[string]struct {
	run  func(args []string) (done string, err error)
	help string
}{
	"new": {runNew, newHelp},
	"gen": {runGen, genHelp},
}

// run carries out a command line and returns the exit code: 1 for what failed, 2 for what
// can't be asked for.
func run(args []string, out, errs io.Writer) int {
	fail := func(code int, err error) int {
		fmt.Fprintln(errs, "liveview:", err) //nolint:errcheck // there is nowhere else to tell
		return code
	}
	if len(args) == 0 {
		_, _ = io.WriteString(errs, usage)
		return 2
	}
	if args[0] == "help" || args[0] == "-h" || args[0] == "-help" || args[0] == "--help" {
		text := usage
		if len(args) > 1 {
			c, ok := commands[args[1]]
			if !ok {
				return fail(2, fmt.Errorf("there is no command %q; see liveview help", args[1]))
			}
			text = c.help
		}
		_, _ = io.WriteString(out, text)
		return 0
	}
	c, ok := commands[args[0]]
	if !ok {
		return fail(2, fmt.Errorf("there is no command %q; see liveview help", args[0]))
	}
	done, err := c.run(args[1:])
	var wrong misuse
	switch {
	case errors.Is(err, flag.ErrHelp):
		_, _ = io.WriteString(out, c.help)
		return 0
	case errors.As(err, &wrong):
		return fail(2, fmt.Errorf("%w\n\n%s", err, c.help))
	case err != nil:
		return fail(1, err)
	}
	_, _ = io.WriteString(out, done)
	return 0
}
