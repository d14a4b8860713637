package js

import "github.com/gin-liveview/liveview/protocol"

// fail panics: fn can't do what it is called for.
func fail(fn, why string) { panic("js: " + fn + " " + why) }

func quoted(text string) string { return string(protocol.AppendString(nil, text)) }
