package main

import (
	"bytes"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/gin-liveview/liveview/bench/stress/node"
)

var slow = flag.Bool("slow", false, "run the profile of a minute, and each fault by itself")

// The processes are this program, started again.
func TestMain(m *testing.M) {
	node.FromEnvironment()
	flag.Parse()
	os.Exit(m.Run())
}

// Everything at once, at random, finds nothing.
func TestStressFindsNothing(t *testing.T) {
	t.Parallel()
	name := "20s"
	if *slow {
		name = "60s"
	}
	var out bytes.Buffer
	found, err := stress(t.Context(), profiles[name], rand.Uint64(), "", &out)
	t.Log("\n" + out.String())
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range found {
		t.Errorf("found: %s", kind)
	}
	var acts []string
	for _, what := range []string{"joins", "events sent", "hostile acts", "restarts", "kills", "stops", "outages of the broker"} {
		if m := regexp.MustCompile(`\b\d+ ` + what + `(?:,|\n)`).FindString(out.String()); m != "" {
			acts = append(acts, strings.Trim(m, ",\n"))
		}
	}
	t.Attr("figure", fmt.Sprintf("the profile of %s: %s; %d kinds of faults found, nothing left", name, strings.Join(acts, ", "), len(found)))
}

// What is planted is found: each check can fail. A log-out that does nothing has a run of its
// own, as where everybody has all rights nobody is logged out.
func TestStressFindsFaults(t *testing.T) {
	t.Parallel()
	all := slices.Sorted(maps.Keys(node.Faults))
	runs := [][]string{{"logout"}, slices.DeleteFunc(slices.Clone(all), func(fault string) bool { return fault == "logout" })}
	if *slow {
		runs = nil
		for _, fault := range all {
			runs = append(runs, []string{fault})
		}
	}
	for _, faults := range runs {
		t.Run(strings.Join(faults, ","), func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			found, err := stress(t.Context(), brief, rand.Uint64(), strings.Join(faults, ","), &out)
			if err != nil {
				t.Fatal(err)
			}
			for _, fault := range faults {
				if !slices.Contains(found, node.Faults[fault]) {
					t.Errorf("%s: %s isn't found", fault, node.Faults[fault])
				}
			}
			if slices.Contains(faults, "leak") {
				for _, what := range []string{"goroutines, and before", "descriptors, and before", "files, and before", "subscriptions, and before", "a heap of"} {
					if !strings.Contains(out.String(), what) {
						t.Errorf("of what is left the stress doesn't tell %q", what)
					}
				}
			}
			if t.Failed() {
				t.Log("\n" + out.String())
			}
		})
	}
}
