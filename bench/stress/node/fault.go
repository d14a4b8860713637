package node

import (
	"os"
	"slices"
	"strings"
	"time"
)

// Faults are those that can be planted in the processes, so that it is seen whether the stress
// finds them, with what it must then call them.
var Faults = map[string]string{
	"lose":    "a delivery that is lost without a Missed",
	"double":  "a delivery that is doubled or out of order",
	"differs": "a page that differs",
	"ignores": "an event that is lost",
	"repeats": "an event that is handled twice",
	"files":   "a file that differs",
	"rights":  "a right that is given wrongly",
	"logout":  "an event after a log-out",
	"leak":    "a leak", // of all that is counted
}

// planted are those of this process, by the environment.
var planted = strings.Split(os.Getenv("STRESS_FAULTS"), ",")

// Planted reports whether this process is to have a fault.
func Planted(fault string) bool { return slices.Contains(planted, fault) }

// leaked is what the fault of that name keeps.
var leaked struct {
	memory [][]byte
	timers []*time.Timer
	files  []*os.File
}

// leak leaves something of all that is counted, if it is to.
func (s *server) leak() {
	if !Planted("leak") || s.mounts.Add(1)%5 != 0 {
		return
	}
	go func() { select {} }()
	s.leaks.Lock()
	defer s.leaks.Unlock()
	leaked.memory = append(leaked.memory, make([]byte, 600<<10))
	leaked.timers = append(leaked.timers, time.AfterFunc(time.Hour, func() {}))
	if f, err := os.CreateTemp(s.left, "left"); err == nil {
		leaked.files = append(leaked.files, f)
	}
	_, _ = s.bus.Subscribe("left", func(any) {}) // it is to be left
}
