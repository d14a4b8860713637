package wire

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

// readLines returns what a body holds, as it would be read from a connection that brings
// it in pieces, and why reading ended.
func readLines(body io.Reader) (frames []string, corrupt int, err error) {
	l := newLines(body)
	for {
		binary, text, ok := l.next()
		switch {
		case !ok:
			return frames, corrupt, l.err
		case text != nil:
			frame, _ := io.ReadAll(text)
			frames = append(frames, "text "+string(frame))
		default:
			frame, err := io.ReadAll(binary)
			if err != nil {
				corrupt++
				continue
			}
			frames = append(frames, "binary "+string(frame))
		}
	}
}

// A line is a frame, however the body comes; one that is left in the middle isn't taken for
// the next.
func TestLines(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 10_000)
	for body, want := range map[string][]string{
		"":                          nil,
		"[1]":                       {"text [1]"},
		"[1]\n[2]":                  {"text [1]", "text [2]"},
		"[1]\n":                     {"text [1]"},
		"aGVsbG8=\n[1]":             {"binary hello", "text [1]"},
		"\n\n[1]":                   {"binary ", "binary ", "text [1]"},
		"[" + long + "]\n[2]":       {"text [" + long + "]", "text [2]"},
		"!!!!" + long + "\n[2]":     {"text [2]"},
		"aGVsbG8\n[2]":              {"text [2]"},
		"[\"a\\nb\"]\r\naGVsbG8=\r": {"text [\"a\\nb\"]\r", "binary hello"},
	} {
		for how, reader := range map[string]io.Reader{
			"at once": strings.NewReader(body), "by bytes": iotest.OneByteReader(strings.NewReader(body)),
			"with its end": iotest.DataErrReader(strings.NewReader(body)),
		} {
			frames, _, err := readLines(reader)
			if strings.Join(frames, "|") != strings.Join(want, "|") || err != nil {
				t.Errorf("%.40q %s: %.80q, %v", body, how, frames, err)
			}
		}
	}
	broken := errors.New("broken")
	if frames, _, err := readLines(io.MultiReader(strings.NewReader("[1]\n[2"), iotest.ErrReader(broken))); !errors.Is(err, broken) || len(frames) != 2 {
		t.Errorf("a body that breaks off: %q, %v", frames, err)
	}
}

// What lines read is what stands in the body, line by line, and what isn't base64 of all of
// a line is refused.
func FuzzLines(f *testing.F) {
	for _, seed := range []string{"", "[1]\n[2]\n", "aGVsbG8=\n[1]", "\n\n", "[\x00\n!!\naGVsbG8", "aGVs\rbG8="} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		frames, corrupt, err := readLines(iotest.HalfReader(bytes.NewReader(body)))
		if err != nil {
			t.Fatal(err)
		}
		all := bytes.Split(body, []byte("\n"))
		if len(all[len(all)-1]) == 0 {
			all = all[:len(all)-1]
		}
		if len(frames)+corrupt != len(all) {
			t.Fatalf("%q: %d frames and %d that are none, of %d lines", body, len(frames), corrupt, len(all))
		}
		for _, line := range all {
			want := "text " + string(line)
			if len(line) == 0 || line[0] != '[' {
				decoded, err := base64.StdEncoding.DecodeString(string(line))
				if err != nil {
					corrupt--
					continue
				}
				want = "binary " + string(decoded)
			}
			if frames[0] != want {
				t.Fatalf("%q: got %q, want %q", body, frames[0], want)
			}
			frames = frames[1:]
		}
		if corrupt != 0 {
			t.Errorf("%q: %d lines too many are corrupt", body, corrupt)
		}
	})
}
