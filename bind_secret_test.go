package liveview_test

import (
	"errors"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

// A view that returns the error of Bind or BindJSON ends with a line of the log that says which
// field it was and why, and nothing of what was sent: it may be the number of a card.
func TestBindErrorsHaveNoValues(t *testing.T) {
	t.Parallel()
	type fields struct {
		Pin  int           `form:"pin"`
		Born time.Time     `form:"born"`
		Wait time.Duration `form:"wait"`
		OK   bool          `form:"ok"`
	}
	type members struct {
		Card  int32            `json:"card"`
		Cards []int32          `json:"cards"`
		ByPin map[string]int32 `json:"byPin"`
		Born  time.Time        `json:"born"`
	}
	const secret = "4111111111111111"
	for name, test := range map[string]struct {
		form url.Values
		json map[string]any
		says string
	}{
		"text for a number":      {url.Values{"pin": {secret + "x"}}, nil, "Pin: this is no int: invalid syntax"},
		"a number out of range":  {url.Values{"pin": {secret + secret}}, nil, "Pin: this is no int: value out of range"},
		"text for a time":        {url.Values{"born": {secret}}, nil, "Born: this is no time.Time"},
		"text for a duration":    {url.Values{"wait": {secret}}, nil, "Wait: this is no time.Duration"},
		"text for a bool":        {url.Values{"ok": {secret}}, nil, "OK: this is no bool: invalid syntax"},
		"JSON out of range":      {nil, map[string]any{"card": 4111111111111111}, "card: a JSON number is no int32"},
		"JSON of another kind":   {nil, map[string]any{"card": secret}, "card: a JSON string is no int32"},
		"JSON in a list":         {nil, map[string]any{"cards": []any{1, 4111111111111111}}, "cards[1]: a JSON number is no int32"},
		"JSON in a map":          {nil, map[string]any{"byPin": map[string]any{secret: "x"}}, "byPin.*: a JSON string is no int32"},
		"JSON that isn't a time": {nil, map[string]any{"born": secret}, "born: this is no such value"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := counterView()
			v.onEvent = func(_ *liveview.Socket[counter], e liveview.Event) error {
				if test.form != nil {
					err := e.Bind(&fields{})
					if number := (*strconv.NumError)(nil); strings.Contains(test.says, "syntax") && !errors.As(err, &number) {
						t.Errorf("Bind = %v, which leads to no *strconv.NumError", err)
					}
					return err
				}
				return e.BindJSON(&members{})
			}
			s := newSite(t, liveview.Config{}, func(r *gin.Engine) { liveview.Handle(r, "/", v) })
			c := s.open("/")
			payload := map[string]any{"type": "form", "event": "save", "value": test.form.Encode()}
			if test.json != nil {
				payload = map[string]any{"type": "hook", "event": "save", "value": test.json}
			}
			c.push("event", payload)
			c.next()
			s.wantLog(test.says)
			if log := s.log.String(); strings.Contains(log, "411111") {
				t.Errorf("the log is %s", log)
			}
		})
	}
}
