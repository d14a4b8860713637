// Program faults makes the table of docs/reliability.md: what is done to an application on
// purpose or by accident, what must happen then, and what the tests of it have counted or
// measured. It runs these tests, with the race detector, and fails if one fails, is skipped
// without a reason, or says nothing.
//
//	go run ./bench/faults              # five minutes, once all is compiled
//	go run ./bench/faults -only e2e,js # the tests of these packages alone; other figures stay
//	go run ./bench/faults -check       # runs nothing: the table is that of the list, and its tests are there
package main

import (
	"flag"
	"fmt"
	"os"
	"strings"
)

func main() {
	checks := flag.Bool("check", false, "run nothing, and fail unless the table is that of the list and all its tests exist")
	only := flag.String("only", "", "run the tests of these folders alone, with commas between them; what others have said before stays")
	flag.Parse()
	root, err := moduleOf(".")
	if err == nil && *checks {
		err = check(root, groups)
	} else if err == nil {
		err = renew(root, strings.FieldsFunc(*only, func(r rune) bool { return r == ',' }))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// renew runs the tests of the list, or those in the folders only, and writes what they say
// into the table. If anything is wrong it writes nothing.
func renew(root string, only []string) error {
	if err := missing(root, groups); err != nil {
		return err
	}
	results, err := run(root, groups, only)
	if err != nil {
		return err
	}
	name := page(root)
	text, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	before, old, after, err := around(string(text))
	if err != nil {
		return err
	}
	var said map[string]string
	if len(only) > 0 {
		said = figuresOf(old)
	}
	table, err := write(groups, results, said)
	if err != nil {
		return err
	}
	return os.WriteFile(name, []byte(before+table+after), 0o644)
}

// groups is the list: all there is to the table but the figures.
var groups = []group{
	{"Who may connect, and where to", connecting},
	{"Malformed and oversized input", input},
	{"Floods and starvation", floods},
	{"Uploads", uploads},
	{"What is shown", output},
	{"Faults of machines and networks", machines},
}
