package liveview

import "strings"

// secretNames are in the names of what is shown to nobody, whatever its case.
var secretNames = []string{"password", "passwd", "secret", "token", "csrf", "card", "credential"}

// isSecretName reports whether what has this name may be a secret.
func isSecretName(name string) bool {
	name = strings.ToLower(name)
	for _, part := range secretNames {
		if strings.Contains(name, part) {
			return true
		}
	}
	return false
}

// shownPath returns a path that is one of the route's pattern as operators may see it:
// without the values of those parameters whose names say that they are secrets, as of
// "/reset/:token". base is what the path has before that of the router. Where the path's
// parts aren't those of the pattern, as with an encoded slash in a parameter, it is the pattern.
func shownPath(base, pattern, path string) string {
	if shown, ok := shownAs(base, pattern, path); ok {
		return shown
	}
	return base + pattern
}

// hiddenPath stands for a path of which nobody knows what is a secret in it.
const hiddenPath = "…"

// shownAs is shownPath; ok is false where the path isn't one of pattern.
func shownAs(base, pattern, path string) (shown string, ok bool) {
	rest, below := strings.CutPrefix(path, base)
	if !below {
		base, rest = "", path
	}
	of, parts := strings.Split(pattern, "/"), strings.Split(rest, "/")
	for i, name := range of {
		if i >= len(parts) {
			return "", false
		}
		at := strings.IndexAny(name, ":*")
		switch {
		case at < 0 && name != parts[i], at > 0 && !strings.HasPrefix(parts[i], name[:at]):
			return "", false
		case at < 0:
		case name[at] == '*': // the last one, which takes all that is left
			if isSecretName(name[at+1:]) {
				parts = append(parts[:i], "…")
			}
			return base + strings.Join(parts, "/"), true
		case isSecretName(name[at+1:]):
			parts[i] = "…"
		}
	}
	return base + strings.Join(parts, "/"), len(parts) == len(of)
}
