// Package spoken says something in each of the ways that code has.
package spoken

import (
	"errors"
	"fmt"
	"log/slog"
)

const twice = "by a variable, " + "or another way"

type refusal struct{ why string }

func (r *refusal) Error() string { return "said by a method " + "Error" }

func (r *refusal) tell(log *slog.Logger) { log.Error(r.why) }

var remedies = map[string]string{"a": "by an entry of a list"}

func say(log *slog.Logger, place string) error {
	what := twice
	if place == "" {
		what = "by an assignment later"
	}
	log.Warn(what)
	log.Warn("logged as a warning", "place", place)
	log.Info("not a sentence that anybody has to act upon")
	warn(log, "sent to a parameter")
	misuse("a panic by way of %s, a function", place)
	(&refusal{why: "by a field's value"}).tell(log)
	log.Error(reason())
	for _, remedy := range remedies {
		log.Error(remedy)
	}
	return errors.Join(fmt.Errorf("an error, said at %q once", place), errors.New("short"))
}

func reason() string { return "by a function's result" }

func warn(log *slog.Logger, message string) { log.Warn("liveview: " + message) }

func misuse(format string, args ...any) { panic("liveview: " + fmt.Sprintf(format, args...)) }

var _ = say
