package dom

import "strings"

// badURL is what package html/template writes in a URL's place that it doesn't trust.
const badURL = "#ZgotmplZ"

// BadURL says what is wrong with a link or form for which [IsBadURL] holds.
const BadURL = `leads nowhere: its address is "` + badURL + `", which stands for a URL that templates refuse, ` +
	`such as one of javascript:, or a path of {{patch}} or {{navigate}} that doesn't start with a single "/"`

// IsBadURL reports whether a URL was refused when the page was rendered.
func IsBadURL(url string) bool { return strings.HasPrefix(url, badURL) }
