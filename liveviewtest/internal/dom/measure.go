package dom

import (
	"math/big"
	"regexp"
	"strconv"
	"time"

	"golang.org/x/net/html"
)

// measure is how browsers count the values of a kind of field: numbers as such,
// points in time in milliseconds, months by themselves.
//
// Source: "the step attribute" and each type's algorithms in the HTML standard.
type measure struct {
	parse func(value string) (*big.Rat, bool)
	unit  int64 // what a step of 1 is
	step  int64 // in units, unless the field says otherwise
	base  int64 // from which steps are counted, unless the field says otherwise
	whole bool  // a step is a whole number of units
	form  string
}

const (
	second = int64(time.Second / time.Millisecond)
	day    = 24 * 60 * 60 * second
)

// measureOf returns that of a field, nil if its values can't be counted.
func measureOf(n *html.Node) *measure { return measures[Kind(n)] }

var measures = map[string]*measure{
	"number":         {parse: parseNumber, unit: 1, step: 1, form: "a number such as -1.5"},
	"range":          {parse: parseNumber, unit: 1, step: 1, form: "a number such as -1.5"},
	"date":           {parse: parseDate, unit: day, step: 1, whole: true, form: "a date such as 2006-01-02"},
	"month":          {parse: parseMonth, unit: 1, step: 1, whole: true, form: "a month such as 2006-01"},
	"week":           {parse: parseWeek, unit: 7 * day, step: 1, base: -3 * day, whole: true, form: "a week such as 2006-W01"},
	"time":           {parse: parseTime, unit: second, step: 60, form: "a time such as 15:04"},
	"datetime-local": {parse: parseDateTime, unit: second, step: 60, form: "a date and time such as 2006-01-02T15:04"},
}

var (
	numberForm = regexp.MustCompile(`^-?(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?$`)
	dateForm   = regexp.MustCompile(`^(\d{4,6})-(\d\d)-(\d\d)$`)
	monthForm  = regexp.MustCompile(`^(\d{4,6})-(\d\d)$`)
	weekForm   = regexp.MustCompile(`^(\d{4,6})-W(\d\d)$`)
	timeForm   = regexp.MustCompile(`^(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,3}))?)?$`)
)

// lastYear is the last that a browser can count.
const lastYear = 275760

func parseNumber(value string) (*big.Rat, bool) {
	x, err := strconv.ParseFloat(value, 64)
	if err != nil || !numberForm.MatchString(value) {
		return nil, false
	}
	if len(value) < 64 && x != 0 { // an exponent may be of any length
		return new(big.Rat).SetString(value)
	}
	return new(big.Rat).SetFloat64(x), true
}

// whole returns a number as a Rat.
func whole(n int64) *big.Rat { return new(big.Rat).SetInt64(n) }

// numbers returns the groups that a form finds in value as numbers; nil if it
// doesn't fit.
func numbers(form *regexp.Regexp, value string) []int {
	groups := form.FindStringSubmatch(value)
	if groups == nil {
		return nil
	}
	all := make([]int, len(groups)-1)
	for i, g := range groups[1:] {
		all[i], _ = strconv.Atoi(g) // digits, or nothing
	}
	return all
}

func parseDate(value string) (*big.Rat, bool) {
	d := numbers(dateForm, value)
	if d == nil || d[0] < 1 || d[0] > lastYear {
		return nil, false
	}
	t := time.Date(d[0], time.Month(d[1]), d[2], 0, 0, 0, 0, time.UTC)
	return whole(t.Unix() * second), t.Month() == time.Month(d[1]) && t.Day() == d[2]
}

func parseMonth(value string) (*big.Rat, bool) {
	m := numbers(monthForm, value)
	if m == nil || m[0] < 1 || m[0] > lastYear || m[1] < 1 || m[1] > 12 {
		return nil, false
	}
	return whole(int64(m[0]-1970)*12 + int64(m[1]-1)), true
}

func parseWeek(value string) (*big.Rat, bool) {
	w := numbers(weekForm, value)
	if w == nil || w[0] < 1 || w[0] > lastYear || w[1] < 1 {
		return nil, false
	}
	// The fourth of January is in the first week.
	fourth := time.Date(w[0], 1, 4, 0, 0, 0, 0, time.UTC)
	monday := fourth.AddDate(0, 0, -(int(fourth.Weekday()+6)%7)+7*(w[1]-1))
	year, _ := monday.ISOWeek()
	return whole(monday.Unix() * second), year == w[0]
}

func parseTime(value string) (*big.Rat, bool) {
	groups := timeForm.FindStringSubmatch(value)
	t := numbers(timeForm, value)
	if t == nil || t[0] > 23 || t[1] > 59 || t[2] > 59 {
		return nil, false
	}
	millis, _ := strconv.Atoi((groups[4] + "000")[:3]) // digits
	return whole(int64((t[0]*60+t[1])*60+t[2])*second + int64(millis)), true
}

func parseDateTime(value string) (*big.Rat, bool) {
	date, clock, ok := cutDateTime(value)
	if !ok {
		return nil, false
	}
	d, dateOK := parseDate(date)
	t, timeOK := parseTime(clock)
	if !dateOK || !timeOK {
		return nil, false
	}
	return d.Add(d, t), true
}

// cutDateTime splits a value at what stands between date and time.
func cutDateTime(value string) (date, clock string, ok bool) {
	for i, r := range value {
		if r == 'T' || r == ' ' {
			return value[:i], value[i+1:], true
		}
	}
	return "", "", false
}

// limit returns what the attribute min or max says, nil if nothing.
func (m *measure) limit(n *html.Node, name string) *big.Rat {
	x, ok := m.parse(Attr(n, name))
	if !ok {
		return nil
	}
	return x
}

// steps returns what a field's values must lie on: base and any number of steps.
// step is nil if they needn't.
func (m *measure) steps(n *html.Node) (base, step *big.Rat) {
	base = whole(m.base)
	if x, ok := m.parse(Attr(n, "min")); ok {
		base = x
	} else if x, ok := m.parse(Attr(n, "value")); ok {
		base = x
	}
	said := Attr(n, "step")
	if isAny(said) {
		return base, nil
	}
	step = whole(m.step)
	if x, ok := parseNumber(said); ok && x.Sign() > 0 {
		if step = x; m.whole {
			if step = round(x); step.Sign() == 0 {
				step = whole(1)
			}
		}
	}
	return base, step.Mul(step, whole(m.unit))
}

func isAny(step string) bool {
	return len(step) == 3 && (step[0]|32) == 'a' && (step[1]|32) == 'n' && (step[2]|32) == 'y'
}

// round returns the nearest whole number, away from zero from between two.
func round(x *big.Rat) *big.Rat {
	twice := new(big.Int).Add(new(big.Int).Mul(new(big.Int).Abs(x.Num()), big.NewInt(2)), x.Denom())
	q := twice.Div(twice, new(big.Int).Mul(x.Denom(), big.NewInt(2)))
	if x.Sign() < 0 {
		q.Neg(q)
	}
	return new(big.Rat).SetInt(q)
}

// offStep reports whether x lies between two steps, by more than what a browser's
// numbers are exact to.
func (m *measure) offStep(n *html.Node, x *big.Rat) bool {
	base, step := m.steps(n)
	if step == nil {
		return false
	}
	distance := new(big.Rat).Sub(x, base)
	distance.Sub(distance, new(big.Rat).Mul(step, round(new(big.Rat).Quo(distance, step))))
	return distance.Abs(distance).Cmp(new(big.Rat).Quo(step, whole(1<<24))) > 0
}

// inRange returns the value that a range has for x: within its limits, and on a
// step.
func (m *measure) inRange(n *html.Node, x *big.Rat) *big.Rat {
	least, most := m.rangeLimits(n)
	if x.Cmp(most) > 0 {
		x = most
	}
	if x.Cmp(least) < 0 {
		x = least
	}
	base, step := m.steps(n)
	if step == nil {
		return x
	}
	if _, ok := m.parse(Attr(n, "min")); !ok {
		if _, ok := m.parse(Attr(n, "value")); !ok {
			base = least
		}
	}
	on := new(big.Rat).Sub(x, base)
	on = round(on.Quo(on, step))
	on.Add(on.Mul(on, step), base)
	switch {
	case on.Cmp(most) > 0:
		on.Sub(on, step)
	case on.Cmp(least) < 0:
		on.Add(on, step)
	}
	if on.Cmp(most) > 0 || on.Cmp(least) < 0 {
		return x
	}
	return on
}

// rangeLimits returns what a range goes from and to.
func (m *measure) rangeLimits(n *html.Node) (least, most *big.Rat) {
	least, most = whole(0), whole(100)
	if x := m.limit(n, "min"); x != nil {
		least = x
	}
	if x := m.limit(n, "max"); x != nil {
		most = x
	}
	if most.Cmp(least) < 0 {
		most = least
	}
	return least, most
}

// text is a number as a browser writes it.
func text(x *big.Rat) string {
	f, _ := x.Float64()
	return strconv.FormatFloat(f, 'f', -1, 64)
}
