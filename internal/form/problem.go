package form

import (
	"strings"
)

// Problem is what is wrong with the value of a field.
type Problem struct {
	// Path is the field's name in the form.
	Path string
	// Rule is the validator's tag, such as "required" or "max"; [RuleFit] for a text
	// that is no value of the field's type.
	Rule string
	// Param is the rule's, such as "40".
	Param string
	// Kind is what the field takes.
	Kind Kind
	// Example is a text that would fit, if one is known.
	Example string
}

// Rules that no validator knows.
const (
	// RuleFit is broken by a text that is no value of the field's type.
	RuleFit = "fit"
	// RuleRows is broken by a list of more rows than a form may have.
	RuleRows = "rows"
)

// Kind is what a field takes.
type Kind uint8

// Kinds of fields.
const (
	Other  Kind = iota
	Text        // any
	Whole       // a whole number
	Number      // a number with a fraction
	Flag        // yes or no
	Date        // a day
	Moment      // a day and a time of day
	Hour        // a time of day
	Month       // a month of a year
	Length      // a duration
	Many        // several values, or rows
)

// fits says what would fit, by kind.
var fits = map[Kind]string{
	Whole: "a whole number", Number: "a number", Date: "a date", Moment: "a date and time", Hour: "a time",
	Month: "a month", Length: "a duration",
}

// fixed are the sentences of rules without a parameter, or whose parameter says nothing
// to a user.
var fixed = map[string]string{
	"required": "is required", "required_if": "is required", "required_unless": "is required", "required_with": "is required",
	"required_with_all": "is required", "required_without": "is required", "required_without_all": "is required",
	"excluded_if": "must be left blank", "excluded_unless": "must be left blank", "excluded_with": "must be left blank",
	"excluded_with_all": "must be left blank", "excluded_without": "must be left blank", "excluded_without_all": "must be left blank",
	"isdefault": "must be left blank", "unique": "must not have the same entry twice",
	"email": "must be an e-mail address", "url": "must be a URL", "uri": "must be a URL", "http_url": "must be a URL", "https_url": "must be a URL that begins with https://",
	"numeric": "must be a number", "number": "must be a number", "hexadecimal": "must be a hexadecimal number",
	"alpha": "may have letters only", "alphaunicode": "may have letters only", "alphaspace": "may have letters and spaces only",
	"alphanum": "may have letters and digits only", "alphanumunicode": "may have letters and digits only", "alphanumspace": "may have letters, digits and spaces only",
	"ascii": "may have ASCII characters only", "printascii": "may have printable ASCII characters only", "multibyte": "must have a character beyond ASCII",
	"lowercase": "must be in lower case", "uppercase": "must be in upper case", "boolean": "must be yes or no",
	"hexcolor": "must be a colour such as #1e90ff", "rgb": "must be a colour such as rgb(30,144,255)", "rgba": "must be a colour such as rgba(30,144,255,0.5)",
	"hsl": "must be a colour such as hsl(210,100%,56%)", "hsla": "must be a colour such as hsla(210,100%,56%,0.5)",
	"iscolor": "must be a colour such as #1e90ff", "cmyk": "must be a colour such as cmyk(88%,44%,0%,0%)",
	"e164": "must be a phone number such as +41446681800",
	"uuid": "must be a UUID", "uuid3": "must be a UUID", "uuid4": "must be a UUID", "uuid5": "must be a UUID", "uuid_rfc4122": "must be a UUID",
	"uuid3_rfc4122": "must be a UUID", "uuid4_rfc4122": "must be a UUID", "uuid5_rfc4122": "must be a UUID", "ulid": "must be a ULID",
	"isbn": "must be an ISBN", "isbn10": "must be an ISBN of 10 digits", "isbn13": "must be an ISBN of 13 digits", "issn": "must be an ISSN", "ssn": "must be a social security number",
	"credit_card": "must be the number of a credit card", "luhn_checksum": "has a digit that is wrong",
	"ip": "must be an IP address", "ip_addr": "must be an IP address", "ipv4": "must be an IPv4 address", "ip4_addr": "must be an IPv4 address", "ipv6": "must be an IPv6 address", "ip6_addr": "must be an IPv6 address",
	"cidr": "must be a network such as 192.0.2.0/24", "cidrv4": "must be a network such as 192.0.2.0/24", "cidrv6": "must be a network such as 2001:db8::/32", "mac": "must be a MAC address",
	"hostname": "must be the name of a host", "hostname_rfc1123": "must be the name of a host", "fqdn": "must be the full name of a host", "hostname_port": "must be a host and a port, such as example.com:443", "port": "must be a port, from 1 to 65535",
	"json": "must be JSON", "jwt": "must be a JSON web token", "base64": "must be base64", "base64url": "must be base64 for URLs", "base64rawurl": "must be base64 for URLs, without padding", "base32": "must be base32",
	"html": "must be HTML", "datauri": "must be a data URI", "urn_rfc2141": "must be a URN",
	"latitude": "must be a latitude, from -90 to 90", "longitude": "must be a longitude, from -180 to 180", "timezone": "must be a time zone such as Europe/Zurich",
	"iso3166_1_alpha2": "must be a country's code of two letters, such as CH", "iso3166_1_alpha3": "must be a country's code of three letters, such as CHE",
	"iso3166_1_alpha_numeric": "must be a country's number, such as 756", "country_code": "must be a country's code, such as CH",
	"iso4217": "must be a currency such as CHF", "bcp47_language_tag": "must be a language such as de-CH", "bic": "must be a BIC", "postcode_iso3166_alpha2_field": "must be a post code of the country",
	"postcode_iso3166_alpha2": "must be a post code", "semver": "must be a version such as 1.2.3", "cron": "must be a schedule such as 0 6 * * *", "file": "must be a file", "dir": "must be a directory",
}

// before are the sentences of rules that the parameter follows.
var before = map[string]string{
	"contains": "must contain ", "containsany": "must contain one of ", "containsrune": "must contain ",
	"excludes": "must not contain ", "excludesall": "must contain none of ", "excludesrune": "must not contain ",
	"startswith": "must start with ", "startsnotwith": "must not start with ", "endswith": "must end with ", "endsnotwith": "must not end with ",
	"datetime": "must be a date such as ", "eq_ignore_case": "must be ", "ne_ignore_case": "must not be ",
	"eqfield": "must equal ", "eqcsfield": "must equal ", "nefield": "must differ from ", "necsfield": "must differ from ",
	"gtfield": "must be more than ", "gtcsfield": "must be more than ", "gtefield": "must be at least ", "gtecsfield": "must be at least ",
	"ltfield": "must be less than ", "ltcsfield": "must be less than ", "ltefield": "must be at most ", "ltecsfield": "must be at most ",
	"fieldcontains": "must contain ", "fieldexcludes": "must not contain ",
}

// compared are the rules of sizes.
var compared = map[string]string{
	"min": "at least ", "gte": "at least ", "max": "at most ", "lte": "at most ", "gt": "more than ", "lt": "less than ",
	"len": "exactly ", "eq": "", "ne": "other than ",
}

// later are the rules of sizes where they are of dates.
var later = map[string]string{
	"gt": "after ", "gte": "no sooner than ", "min": "no sooner than ", "lt": "before ", "lte": "no later than ", "max": "no later than ",
}

// String returns the sentence in English, to stand behind the field's name.
func (p Problem) String() string {
	if sentence := fixed[p.Rule]; sentence != "" {
		return sentence
	}
	if sentence := before[p.Rule]; sentence != "" {
		return sentence + p.Param
	}
	dated := p.Kind == Date || p.Kind == Moment || p.Kind == Hour || p.Kind == Month
	switch how, ok := compared[p.Rule]; {
	case p.Rule == "oneof" || p.Rule == "oneofci":
		return "must be one of " + strings.Join(Words(p.Param), ", ")
	case p.Rule == "noneof" || p.Rule == "noneofci":
		return "must be none of " + strings.Join(Words(p.Param), ", ")
	case p.Rule == RuleFit:
		return p.fit()
	case p.Rule == RuleRows:
		return "has too many entries"
	case ok && dated && later[p.Rule] != "":
		if p.Param == "" {
			return "must be " + later[p.Rule] + "now"
		}
		return "must be " + later[p.Rule] + p.Param
	case ok:
		return "must be " + how + p.Param + p.unit()
	}
	return "isn't valid (" + p.Rule + ")"
}

func (p Problem) unit() string {
	switch {
	case p.Rule == "eq" || p.Rule == "ne":
		return ""
	case p.Kind == Many && p.Param == "1":
		return " entry"
	case p.Kind == Many:
		return " entries"
	case p.Kind == Text && p.Param == "1":
		return " character"
	case p.Kind == Text:
		return " characters"
	}
	return ""
}

func (p Problem) fit() string {
	what := fits[p.Kind]
	switch {
	case p.Kind == Flag:
		return "must be yes or no"
	case what != "" && p.Example != "":
		return "must be " + what + " such as " + p.Example
	case what != "":
		return "must be " + what
	case p.Example != "":
		return "must be written as in " + p.Example
	}
	return "has a value that doesn't fit"
}

// Words takes the parameter of the rule "oneof" apart, in which 'two words' in
// quotes are one.
func Words(param string) []string {
	var all []string
	for param = strings.TrimSpace(param); param != ""; param = strings.TrimSpace(param) {
		word, rest, quoted := "", "", false
		if param[0] == '\'' {
			word, rest, quoted = strings.Cut(param[1:], "'")
		}
		if !quoted {
			word, rest, _ = strings.Cut(param, " ")
		}
		all, param = append(all, word), rest
	}
	return all
}
