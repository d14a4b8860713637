package form

import (
	"math/big"
	"strconv"
	"strings"
)

// rules are the validator's tags of a field.
type rules struct {
	all      []string // of the field itself, in order
	inner    []string // of what is in a list, behind "dive"
	dive     bool
	required bool
	omit     bool // "omitempty"
}

func rulesOf(tag string) rules {
	var r rules
	if tag == "" || tag == "-" {
		return r
	}
	for rule := range strings.SplitSeq(tag, ",") {
		switch {
		case r.dive:
			r.inner = append(r.inner, rule)
		case rule == "dive":
			r.dive = true
		case rule == "omitempty" || rule == "omitzero" || rule == "omitnil":
			r.omit = true
			r.all = append(r.all, rule)
		default:
			r.required = r.required || rule == "required"
			r.all = append(r.all, rule)
		}
	}
	return r
}

// without returns the rules of the field that keep doesn't refuse, as a tag.
func (r *rules) without(drop func(name string) bool) string {
	var left []string
	for _, rule := range r.all {
		name, _, _ := strings.Cut(rule, "=")
		if !drop(name) {
			left = append(left, rule)
		}
	}
	return strings.Join(left, ",")
}

// numeric are the rules that compare a number. The validator panics at them where the
// number is a struct, as decimals are.
var numeric = map[string]func(sign int) bool{
	"gt": func(s int) bool { return s > 0 }, "gte": func(s int) bool { return s >= 0 }, "min": func(s int) bool { return s >= 0 },
	"lt": func(s int) bool { return s < 0 }, "lte": func(s int) bool { return s <= 0 }, "max": func(s int) bool { return s <= 0 },
	"eq": func(s int) bool { return s == 0 }, "ne": func(s int) bool { return s != 0 },
}

// hasNumeric reports whether one of them is among the rules.
func (r *rules) hasNumeric() bool {
	for _, rule := range r.all {
		name, _, _ := strings.Cut(rule, "=")
		if numeric[name] != nil {
			return true
		}
	}
	return false
}

// limit is a rule that compares a number.
type limit struct {
	name, param string
	holds       func(sign int) bool
	of          *big.Rat
}

// numbers returns the rules that compare a number.
func (r *rules) numbers() []limit {
	var all []limit
	for _, rule := range r.all {
		name, param, _ := strings.Cut(rule, "=")
		of, ok := new(big.Rat).SetString(param)
		if holds := numeric[name]; holds != nil && ok {
			all = append(all, limit{name, param, holds, of})
		}
	}
	return all
}

// broken returns the first of limits that the number text doesn't keep, nil for none.
func broken(limits []limit, text string) *limit {
	if len(limits) == 0 || !isNumber(text) {
		return nil
	}
	n, ok := new(big.Rat).SetString(text)
	if !ok {
		return nil
	}
	for i := range limits {
		if l := &limits[i]; !l.holds(n.Cmp(l.of)) {
			return l
		}
	}
	return nil
}

// inputs are the types of inputs that take nothing but what a rule asks for.
var inputs = map[string]string{"email": "email", "url": "url", "uri": "url", "http_url": "url", "https_url": "url", "e164": "tel"}

// patterns are rules that HTML can check.
var patterns = map[string]string{
	"alpha": "[A-Za-z]+", "alphanum": "[A-Za-z0-9]+", "lowercase": `[^A-Z]+`, "uppercase": `[^a-z]+`,
	"hexadecimal": "(0[xX])?[0-9A-Fa-f]+", "number": "[0-9]+", "numeric": `[\-+]?[0-9]+(\.[0-9]+)?`,
}

// describe fills in the attributes that follow from the type and the rules of a field
// with one value.
func describe(f *Field, c *codec, r *rules) {
	f.Type = "text"
	f.Required = r.required
	signed := false
	for _, rule := range r.all {
		name, param, _ := strings.Cut(rule, "=")
		lower, upper := name == "min" || name == "gte" || name == "gt", name == "max" || name == "lte" || name == "lt"
		switch {
		case strings.Contains(rule, "|"):
			continue
		case c.kind == Text && (lower || name == "len"):
			if n, err := strconv.Atoi(param); err == nil {
				if name == "gt" {
					n++
				}
				f.MinLength = n
			}
		}
		switch {
		case c.kind == Text && (upper || name == "len"):
			if n, err := strconv.Atoi(param); err == nil {
				if name == "lt" {
					n--
				}
				f.MaxLength = n
			}
		case c.kind == Whole || c.kind == Number:
			if lower && param != "" {
				f.Min = inclusive(param, name == "gt", 1, c.kind)
				signed = strings.HasPrefix(param, "-")
			} else if upper && param != "" {
				f.Max = inclusive(param, name == "lt", -1, c.kind)
			}
		case c.kind == Text && inputs[name] != "":
			f.Type = inputs[name]
		case c.kind == Text && patterns[name] != "":
			f.Pattern = patterns[name]
		}
	}
	switch c.kind {
	case Whole:
		f.InputMode, f.Step = "numeric", "1"
	case Number:
		f.InputMode, f.Step = "decimal", "any"
	case Flag:
		f.Type = "checkbox"
	case Date, Moment, Hour, Month:
		f.Type = map[string]string{"2006-01-02": "date", "2006-01-02T15:04": "datetime-local", "15:04": "time", "2006-01": "month"}[c.example]
		if f.Type == "" {
			f.Type = "text"
		}
	}
	if signed {
		f.InputMode = "" // the keyboards for numbers have no minus everywhere
	}
}

// inclusive returns a bound that the bound itself keeps, where there is one: of whole
// numbers the next.
func inclusive(param string, exclusive bool, step int64, kind Kind) string {
	if n, err := strconv.ParseInt(param, 10, 64); err == nil && exclusive && kind == Whole {
		return strconv.FormatInt(n+step, 10)
	}
	return param
}
