package node

import (
	"os"
	"slices"
	"strings"
)

// planted are the faults that this process is to have, by the environment: so that it is
// seen whether the stress finds them.
var planted = strings.Split(os.Getenv("STRESS_FAULTS"), ",")

// Planted reports whether this process is to have a fault.
func Planted(fault string) bool { return slices.Contains(planted, fault) }
