package pubsub

import (
	"fmt"

	"github.com/gin-liveview/liveview/internal/redact"
)

// printedOptions are Options without their methods, and so printed as any struct is.
type printedOptions Options

func (o Options) withoutSecret() printedOptions {
	o.Secret = redact.Text(o.Secret)
	return printedOptions(o)
}

// Format prints the settings without the secret, by every verb of package fmt, so that
// Options may be logged. Package fmt doesn't ask a field that begins with a small
// letter: in a struct of yours Options stand in a field with a capital one, or behind
// a pointer.
func (o Options) Format(f fmt.State, verb rune) { redact.Format(f, verb, o.withoutSecret()) }

// MarshalJSON returns the settings that JSON can say, without the secret.
func (o Options) MarshalJSON() ([]byte, error) { return redact.JSON(o.withoutSecret()) }
