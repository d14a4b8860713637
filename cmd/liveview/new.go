package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"runtime/debug"
	"strings"
)

const newHelp = `usage: liveview new [-postgres] [-templ] [-module PATH] DIR

writes an application into DIR, which is made and must be empty. The application has the name of
that folder.

  -postgres      with a database of PostgreSQL, and not of SQLite
  -templ         with pages in templ, and not in html/template
  -module PATH   the path of its module, such as github.com/you/shop; example.com and the name if it isn't given
`

// runNew writes an application.
func runNew(args []string) (string, error) {
	flags := flag.NewFlagSet("new", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	var a application
	flags.BoolVar(&a.Postgres, "postgres", false, "")
	flags.BoolVar(&a.Templ, "templ", false, "")
	flags.StringVar(&a.module, "module", "", "")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return "", err
		}
		return "", misuse{err}
	}
	if flags.NArg() != 1 {
		return "", misuse{errors.New("new wants the folder of the application, and nothing behind it: liveview new shop")}
	}
	dir, err := filepath.Abs(flags.Arg(0))
	if err != nil {
		return "", err
	}
	a.name = filepath.Base(dir)
	if a.module == "" {
		a.module = "example.com/" + a.name
	}
	if a.version, a.checkout, err = libraryOf(); err != nil {
		return "", err
	}
	if err := a.check(); err != nil {
		return "", err
	}
	files, err := a.files()
	if err != nil {
		return "", err
	}
	if err := isEmpty(dir); err != nil {
		return "", err
	}
	for _, name := range sorted(files) {
		if err := writeNew(filepath.Join(dir, name), files[name]); err != nil {
			return "", err
		}
	}
	return a.next(flags.Arg(0)), nil
}

// next says what to do then.
func (a application) next(dir string) string {
	commands := "    cd " + dir + "\n"
	if a.checkout == "" {
		commands += "    go mod tidy\n"
	}
	if a.Postgres {
		commands += fmt.Sprintf("    createdb %s    # or set DATABASE to the URL of another, as README.md says\n", a.name)
	}
	return fmt.Sprintf("%s is written. To run it:\n\n%s    go run . user ann    # makes the user ann, and prints her password; the first time compiles for some minutes\n    go run .             # http://127.0.0.1:8080\n", a.name, commands)
}

var (
	appName    = regexp.MustCompile(`^[a-z][a-z0-9]*([-_][a-z0-9]+)*$`)
	modulePath = regexp.MustCompile(`^[a-zA-Z0-9][a-zA-Z0-9-]*(\.[a-zA-Z0-9-]+)+(/[a-zA-Z0-9][\w.~-]*)*$`) // with a dot ahead of the first slash: others are Go's own
)

// check returns an error if the application can't be called so.
func (a application) check() error {
	if !appName.MatchString(a.name) {
		return fmt.Errorf("the application would be called %q: choose a folder whose name has lower-case letters, digits and hyphens, such as shop", a.name)
	}
	entries, err := shop.ReadDir("_app")
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.Name() == a.name {
			return fmt.Errorf("%s is the name of something in the application: choose another folder", a.name)
		}
	}
	if !modulePath.MatchString(a.module) {
		return fmt.Errorf("%q is no path of a module, which begins with a host: give one such as -module github.com/you/%s", a.module, a.name)
	}
	return nil
}

// libraryOf returns which library this program is of: its version, or the folder of its
// checkout.
func libraryOf() (version, checkout string, err error) {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Path == library && info.Main.Sum != "" {
		return info.Main.Version, "", nil
	}
	_, file, _, _ := runtime.Caller(0)
	checkout = filepath.Dir(filepath.Dir(filepath.Dir(file)))
	text, err := os.ReadFile(filepath.Join(checkout, "go.mod"))
	if err != nil || !strings.HasPrefix(string(text), "module "+library+"\n") {
		return "", "", errors.New("this program doesn't know where its source is: run it by go run ./cmd/liveview in a checkout of liveview")
	}
	return unreleased, checkout, nil
}
