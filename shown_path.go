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

// shownPath returns a path as operators may see it: without the values of those parameters
// of the route's pattern whose names say that they are secrets, as of "/reset/:token". base
// is what the path has before that of the router.
func shownPath(base, pattern, path string) string {
	if !strings.ContainsAny(pattern, ":*") {
		return path
	}
	rest, ok := strings.CutPrefix(path, base)
	if !ok {
		base, rest = "", path
	}
	parts := strings.Split(rest, "/")
	for i, of := range strings.Split(pattern, "/") {
		at := strings.IndexAny(of, ":*")
		if i >= len(parts) || at < 0 || !isSecretName(of[at+1:]) {
			continue
		}
		parts[i] = "…"
		if of[at] == '*' {
			parts = parts[:i+1]
		}
	}
	return base + strings.Join(parts, "/")
}
