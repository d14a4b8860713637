package upload

import "errors"

// errLocked is returned by lockDir, which each system has its own of, for a
// directory that another process, or another part of this one, has locked.
var errLocked = errors.New("the directory is locked")
