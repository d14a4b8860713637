package liveview_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/pubsub"
)

// Settings can be printed and logged, by themselves and within others, and what they
// say has no secret in it; whether there is one, and all the rest, it has.
func TestSettingsArePrintedWithoutSecrets(t *testing.T) {
	const secret, old = "the secret of this very application", "the secret that it had until last May"
	config := liveview.Config{
		Secret: liveview.NewSecret(secret), OldSecrets: []liveview.Secret{liveview.NewSecret(old)}, Path: "/socket", MaxFrame: 4711,
		Client: os.DirFS("."), Handler: http.NotFoundHandler(), Logger: slog.Default(), PubSub: liveview.NewPubSub(),
		Layout: func(*gin.Context, liveview.Page) error { return nil },
	}
	options := pubsub.Options{Secret: pubsub.NewSecret(secret), Prefix: "/socket", Queue: 4711, Logger: slog.Default()}
	type outer struct {
		Config  liveview.Config
		Options pubsub.Options
	}
	type embedding struct{ liveview.Config }
	type hiding struct { // package fmt asks none of these fields how to print them
		config   liveview.Config
		pointer  *liveview.Config
		options  pubsub.Options
		list     []liveview.Config
		byName   map[string]pubsub.Options
		anything any
		own      embedding
	}
	both := outer{config, options}
	hidden := hiding{config, &config, options, []liveview.Config{config}, map[string]pubsub.Options{"": options}, both, embedding{config}}
	for name, value := range map[string]any{
		"Config": config, "*Config": &config, "a list": []liveview.Config{config}, "a map": map[string]liveview.Config{"": config},
		"a struct": both, "*struct": &both, "embedded": embedding{config}, "any": []any{both, config},
		"unexported fields": hidden, "behind a pointer": &hidden, "a list of those": []hiding{hidden}, "a map of those": map[string]hiding{"": hidden},
		"a Secret": config.Secret, "*Secret": &config.Secret, "an array": [1]liveview.Secret{config.Secret},
		"pubsub.Options": options, "*pubsub.Options": &options,
	} {
		t.Run(name, func(t *testing.T) {
			printed := make(map[string]string)
			for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "% x", "%t", "%p", "%f", "%U"} {
				printed[verb] = fmt.Sprintf(verb, value)
			}
			printed["Print"] = fmt.Sprint(value)
			b, err := json.Marshal(value)
			if err != nil {
				t.Errorf("as JSON: %v", err)
			}
			printed["JSON"] = string(b)
			var text, structured bytes.Buffer
			slog.New(slog.NewTextHandler(&text, nil)).Info("starting", "with", value)
			slog.New(slog.NewJSONHandler(&structured, nil)).Info("starting", "with", value)
			printed["slog as text"], printed["slog as JSON"] = text.String(), structured.String()
			for how, got := range printed {
				for _, hidden := range []string{secret, old, fmt.Sprintf("%x", secret), fmt.Sprintf("%X", old), fmt.Sprintf("% x", secret)} {
					if strings.Contains(got, hidden) {
						t.Errorf("%s tells a secret: %s", how, got)
					}
				}
			}
			if strings.Contains(name, "Secret") || name == "an array" || strings.Contains(name, "those") || strings.Contains(name, "unexported") || strings.Contains(name, "behind") {
				return // what JSON has none of
			}
			for _, how := range []string{"%+v", "JSON", "slog as JSON"} {
				if got := printed[how]; strings.HasPrefix(name, "*s") && how == "%+v" {
					continue // pointers within are addresses
				} else if !strings.Contains(got, "4711") && !strings.Contains(got, "0xc") || strings.Contains(got, "!ERROR") {
					t.Errorf("%s doesn't say the other settings: %s", how, got)
				}
			}
		})
	}
	var read struct{ Secret liveview.Secret }
	if err := json.Unmarshal([]byte(`{"Secret": "from a file"}`), &read); err != nil || read.Secret.Reveal() != "from a file" {
		t.Errorf("read from settings it is %q, %v", read.Secret.Reveal(), err)
	}
	if none := liveview.NewSecret(""); !none.IsZero() || none.Reveal() != "" || none.String() != "" {
		t.Errorf("no secret is %q", none.Reveal())
	}
	if got := fmt.Sprintf("%+v", liveview.Config{}); !strings.Contains(got, "Secret: ") {
		t.Errorf("it doesn't say that there is no secret: %s", got)
	}
	if got := fmt.Sprintf("%+v", config); !strings.Contains(got, "Secret:[hidden] OldSecrets:[[hidden]]") {
		t.Errorf("it doesn't say that there are secrets: %s", got)
	}
}
