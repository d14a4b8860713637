package client

import (
	"bytes"
	"embed"
	"io/fs"
)

// StartScript is the name of the script of ours: it connects the page.
const StartScript = "start.js"

// startFiles are its parts, one concern each. The names that they declare are
// common to all of them, and to nobody else on the page.
//
//go:embed start/*.js
var startFiles embed.FS

// Start returns the script as it is served: one function around all parts, of
// which start.js, which has the function that calls the others, is the last. Lines
// that are comments alone stay here: they are a third of what would travel.
// So no part has a string over several lines.
func Start() []byte {
	names, err := fs.Glob(startFiles, "start/*.js")
	if err != nil {
		panic(err) // of the pattern above
	}
	var script bytes.Buffer
	script.WriteString("// The parts of this script are in internal/client/start.\n(function () {\n\"use strict\";\n")
	for _, name := range names {
		if name != "start/"+StartScript {
			writePart(&script, name)
		}
	}
	writePart(&script, "start/"+StartScript)
	script.WriteString("})();\n")
	return script.Bytes()
}

func writePart(script *bytes.Buffer, name string) {
	data, err := startFiles.ReadFile(name)
	if err != nil {
		panic(err) // it is embedded
	}
	for line := range bytes.Lines(data) {
		if code := bytes.TrimSpace(line); len(code) > 0 && !bytes.HasPrefix(code, []byte("//")) {
			script.Write(line)
		}
	}
}
