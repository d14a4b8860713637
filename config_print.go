package liveview

import (
	"fmt"

	"github.com/gin-liveview/liveview/internal/redact"
)

// printedConfig is a Config without its methods, and so printed as any struct is.
type printedConfig Config

// withoutSecrets is c as it may be printed.
func (c Config) withoutSecrets() printedConfig {
	c.Secret, c.OldSecrets = redact.Text(c.Secret), redact.Texts(c.OldSecrets)
	return printedConfig(c)
}

// Format prints the settings without the secrets, by every verb of package fmt, so
// that a Config may be logged. Package fmt doesn't ask a field that begins with a small
// letter: in a struct of yours a Config stands in a field with a capital one, or
// behind a pointer.
func (c Config) Format(f fmt.State, verb rune) { redact.Format(f, verb, c.withoutSecrets()) }

// MarshalJSON returns the settings that JSON can say, without the secrets.
func (c Config) MarshalJSON() ([]byte, error) { return redact.JSON(c.withoutSecrets()) }
