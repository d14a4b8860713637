package main

// group is faults of one kind: a table of its own.
type group struct {
	heading string
	faults  []fault
}

// fault is something that is done to an application, on purpose or by accident.
type fault struct {
	what  string
	must  string // happen
	tests []test
	docs  string // the page that says it, as a link, where it is up to the application
	races bool   // its figure is that no test of the list has met a data race
}

// test is a test that shows what a fault comes to.
type test struct {
	dir  string // its package, from the root of the repository
	name string

	// What each of its subtests is, if it is their number that counts. Else the test says
	// its figure by itself, as the attribute "figure".
	cases string

	slow bool // it is run with -slow, as the figure is worth it
}

// shows returns a test that says its figure.
func shows(dir, name string) test { return test{dir: dir, name: name} }

// tries returns a test whose figure is how many subtests it has, and what they are.
func tries(dir, name, cases string) test { return test{dir: dir, name: name, cases: cases} }

// slowly returns a test that says its figure when it is run with -slow.
func slowly(dir, name string) test { return test{dir: dir, name: name, slow: true} }
