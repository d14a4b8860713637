package client_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/gin-liveview/liveview/internal/client"
)

// The script has each line of code of its parts, in a function of its own so that it
// declares nothing on the page, with the one that starts it at the end.
func TestStartScriptIsAllOfItsParts(t *testing.T) {
	script := client.Start()
	parts, err := filepath.Glob("start/*.js")
	if err != nil || len(parts) < 2 {
		t.Fatalf("the parts are %v, %v", parts, err)
	}
	for _, part := range parts {
		data, err := os.ReadFile(part)
		if err != nil {
			t.Fatal(err)
		}
		for line := range bytes.Lines(data) {
			code := bytes.TrimSpace(line)
			if bytes.Count(line, []byte("`"))%2 != 0 {
				t.Errorf("%s has a string over several lines, which loses those that begin with //: %s", part, line)
			}
			if isComment := bytes.HasPrefix(code, []byte("//")); bytes.Contains(script, line) == isComment && len(code) > 0 {
				t.Errorf("%s: this line is there: %v; it is a comment: %v: %s", part, !isComment, isComment, line)
			}
		}
	}
	if lines := bytes.Split(bytes.TrimSpace(script), []byte("\n")); string(lines[1]) != "(function () {" ||
		string(lines[len(lines)-2]) != "else start();" || string(lines[len(lines)-1]) != "})();" {
		t.Errorf("the script is %s", script)
	}
}
