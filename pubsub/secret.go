package pubsub

import (
	"fmt"
	"io"
	"log/slog"
)

// Secret is a text that isn't printed: by no verb of package fmt, not in logs, not as JSON
// or in other encodings, and wherever in other values it stands. Package fmt doesn't ask
// the unexported fields of a struct how they want to be printed; so the text is no data
// that could be found there. The zero value is no secret. Made by [NewSecret].
type Secret struct{ reveal func() string }

// NewSecret returns text as a Secret, the zero one for "".
func NewSecret(text string) Secret {
	if text == "" {
		return Secret{}
	}
	return Secret{func() string { return text }}
}

// Reveal returns the text, "" if there is none.
func (s Secret) Reveal() string {
	if s.reveal == nil {
		return ""
	}
	return s.reveal()
}

// IsZero reports whether there is no text.
func (s Secret) IsZero() bool { return s.reveal == nil }

// String says whether there is a text: "[hidden]", or "" for none.
func (s Secret) String() string {
	if s.IsZero() {
		return ""
	}
	return "[hidden]"
}

// Format prints what String returns, whatever the verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.String()) }

// LogValue is for package slog.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText returns what String does: the text isn't written.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText sets the text, for settings that are read from a file or the environment.
func (s *Secret) UnmarshalText(text []byte) error {
	*s = NewSecret(string(text))
	return nil
}
