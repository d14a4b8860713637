package form

import (
	"encoding"
	"errors"
	"fmt"
	"math"
	"net"
	"net/netip"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin/binding"
)

// codec is how text becomes a value of a type, and a value text again.
type codec struct {
	typ  reflect.Type // without pointers
	kind Kind
	own  bool // the type decodes itself
	// time tags are in tag, for Gin.
	tag reflect.StructTag
	// scratch is a struct with a field V of that type, for Gin to set.
	scratch reflect.Type
	example string
	layout  string // of a time
}

var timeType, durationType = reflect.TypeFor[time.Time](), reflect.TypeFor[time.Duration]()

// codecOf returns how a value of type t is made from text; ok is false if none is.
func codecOf(t reflect.Type, tag reflect.StructTag) (c codec, ok bool) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	c = codec{typ: t, tag: tag}
	switch {
	case decodesText(t):
		c.own = true
		c.kind, c.example = kindOfOwn(t)
	case t == timeType:
		times := `form:"v"`
		for _, key := range []string{"time_format", "time_utc", "time_location"} {
			if value, ok := tag.Lookup(key); ok {
				times += fmt.Sprintf(" %s:%q", key, value)
			}
		}
		c.scratch = reflect.StructOf([]reflect.StructField{{Name: "V", Type: t, Tag: reflect.StructTag(times)}})
		c.layout = tag.Get("time_format")
		if c.layout == "" {
			c.layout = time.RFC3339
		}
		c.kind, c.example = kindOfLayout(c.layout)
	case t == durationType:
		c.kind, c.example = Length, "1h30m"
	default:
		switch t.Kind() {
		case reflect.String:
			c.kind = Text
		case reflect.Bool:
			c.kind = Flag
		case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
			reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
			c.kind, c.example = Whole, "12"
		case reflect.Float32, reflect.Float64:
			c.kind, c.example = Number, "12.50"
		default:
			return c, false
		}
	}
	return c, true
}

// decodesText reports whether a t says itself what text means to it. Of times Gin
// knows more, by tags of their own.
func decodesText(t reflect.Type) bool {
	p := reflect.PointerTo(t)
	return t.Kind() != reflect.Interface && t != timeType &&
		(p.Implements(reflect.TypeFor[binding.BindUnmarshaler]()) || p.Implements(reflect.TypeFor[encoding.TextUnmarshaler]()))
}

// kindOfOwn finds out what a type that decodes itself takes, by how it writes its zero
// value.
func kindOfOwn(t reflect.Type) (kind Kind, example string) {
	switch t {
	case reflect.TypeFor[net.IP](), reflect.TypeFor[netip.Addr]():
		return Other, "192.0.2.1"
	case reflect.TypeFor[netip.Prefix]():
		return Other, "192.0.2.0/24"
	case reflect.TypeFor[url.URL]():
		return Other, "https://example.com"
	}
	zero, ok := "", false
	_ = safely(func() error { zero, ok = ownText(reflect.New(t).Elem()); return nil })
	switch {
	case !ok:
	case isNumber(zero) && decodes(t, "12.5"):
		return Number, "12.50"
	case isNumber(zero) && decodes(t, "12"):
		return Whole, "12"
	case len(zero) == 36 && strings.Count(zero, "-") == 4:
		return Other, "f47ac10b-58cc-4372-a567-0e02b2c3d479"
	}
	if !decodes(t, "12") && decodes(t, "2006-01-02") {
		return Date, "2006-01-02"
	}
	return Other, ""
}

// decodes reports whether a t that decodes itself takes text.
func decodes(t reflect.Type, text string) bool {
	return safely(func() error { return decodeOwn(reflect.New(t).Elem(), text) }) == nil
}

// safely calls fn, which is the application's, and returns a panic of it as an error.
func safely(fn func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("panic: %v", v)
		}
	}()
	return fn()
}

// kindOfLayout tells dates from times by what a layout has in it.
func kindOfLayout(layout string) (kind Kind, example string) {
	switch strings.ToLower(layout) {
	case "unix", "unixmilli", "unixmicro", "unixnano":
		return Whole, "1136214245"
	}
	a, b := time.Date(2001, 1, 2, 3, 4, 5, 0, time.UTC), time.Date(2012, 11, 13, 3, 4, 5, 0, time.UTC)
	day := a.Format(layout) != b.Format(layout)
	hour := a.Format(layout) != a.Add(10*time.Hour+10*time.Minute+10*time.Second).Format(layout)
	ofDay := a.Format(layout) != a.AddDate(0, 0, 1).Format(layout)
	switch {
	case day && hour:
		kind = Moment
	case hour:
		kind = Hour
	case ofDay:
		kind = Date
	default:
		kind = Month
	}
	return kind, layout
}

// set decodes text, which isn't blank, into v, which is of the codec's type.
func (c *codec) set(v reflect.Value, text string) error {
	if c.own {
		if (c.kind == Number || c.kind == Whole) && hasLargeExponent(text) {
			return errors.New("an exponent too large to be written out")
		}
		return safely(func() error { return decodeOwn(v, text) })
	}
	if c.kind != Text {
		text = strings.TrimSpace(text)
	}
	switch {
	case c.scratch != nil:
		s := reflect.New(c.scratch)
		if err := binding.MapFormWithTag(s.Interface(), map[string][]string{"v": {text}}, "form"); err != nil {
			return err
		}
		v.Set(s.Elem().Field(0))
		return nil
	case c.kind == Length:
		d, err := time.ParseDuration(text)
		if err == nil {
			v.SetInt(int64(d))
		}
		return err
	}
	switch c.typ.Kind() {
	case reflect.String:
		v.SetString(text)
	case reflect.Bool:
		// "on" is what a checkbox without a value sends (HTML, section 4.10.5.1.15).
		b, err := strconv.ParseBool(text)
		if err != nil && text != "on" {
			return err
		}
		v.SetBool(b || text == "on")
	case reflect.Float32, reflect.Float64:
		f, err := strconv.ParseFloat(text, c.typ.Bits())
		if err != nil {
			return err
		}
		if math.IsNaN(f) || math.IsInf(f, 0) {
			return errors.New("no number")
		}
		v.SetFloat(f)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		u, err := strconv.ParseUint(text, 10, c.typ.Bits())
		if err != nil {
			return err
		}
		v.SetUint(u)
	default:
		i, err := strconv.ParseInt(text, 10, c.typ.Bits())
		if err != nil {
			return err
		}
		v.SetInt(i)
	}
	return nil
}

// hasLargeExponent reports whether a number is written with an exponent of more than three
// digits: a decimal that is typed in ten bytes would have a billion digits once a rule is
// held against it, or it is shown.
func hasLargeExponent(text string) bool {
	i := strings.LastIndexAny(text, "eEpP")
	return i >= 0 && len(strings.TrimLeft(strings.TrimSpace(text[i+1:]), "+-0_")) > 3
}

// text returns what stands for v, which is of the codec's type, in a form.
func (c *codec) text(v reflect.Value) string {
	switch {
	case c.own:
		text := ""
		_ = safely(func() error { text, _ = ownText(v); return nil })
		return text
	case c.typ == timeType:
		t := v.Interface().(time.Time)
		if t.IsZero() {
			return ""
		}
		switch strings.ToLower(c.layout) {
		case "unix":
			return strconv.FormatInt(t.Unix(), 10)
		case "unixmilli":
			return strconv.FormatInt(t.UnixMilli(), 10)
		case "unixmicro":
			return strconv.FormatInt(t.UnixMicro(), 10)
		case "unixnano":
			return strconv.FormatInt(t.UnixNano(), 10)
		}
		if loc := c.location(); loc != nil && !hasZone(c.layout) {
			t = t.In(loc)
		}
		return t.Format(c.layout)
	case c.kind == Length:
		return time.Duration(v.Int()).String()
	}
	switch c.typ.Kind() {
	case reflect.String:
		return v.String()
	case reflect.Bool:
		return strconv.FormatBool(v.Bool())
	case reflect.Float32, reflect.Float64:
		return strconv.FormatFloat(v.Float(), 'f', -1, c.typ.Bits())
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return strconv.FormatUint(v.Uint(), 10)
	}
	return strconv.FormatInt(v.Int(), 10)
}

// location is the one that the time tags name, in which a text without a zone is read;
// nil for a time as it comes.
func (c *codec) location() *time.Location {
	if utc, _ := strconv.ParseBool(c.tag.Get("time_utc")); utc {
		return time.UTC
	}
	if name := c.tag.Get("time_location"); name != "" {
		loc, _ := time.LoadLocation(name)
		return loc
	}
	return nil
}

// hasZone reports whether a layout writes the zone.
func hasZone(layout string) bool {
	t := time.Date(2001, 1, 2, 3, 4, 5, 0, time.UTC)
	return t.Format(layout) != time.Date(2001, 1, 2, 3, 4, 5, 0, time.FixedZone("XYZ", 5000)).Format(layout)
}

// decodeOwn has v decode text.
func decodeOwn(v reflect.Value, text string) error {
	switch d := v.Addr().Interface().(type) {
	case binding.BindUnmarshaler:
		return d.UnmarshalParam(text)
	case encoding.TextUnmarshaler:
		return d.UnmarshalText([]byte(text))
	}
	return fmt.Errorf("a %s doesn't decode itself", v.Type())
}

// places is a decimal that knows how many places it has, and writes itself without the zeros
// among them: 12.50, a price, as 12.5. github.com/shopspring/decimal has such.
type places interface {
	Exponent() int32
	StringFixed(places int32) string
}

const maxPlaces = 100 // that are written out

// ownText has v write itself; ok is false if it can't.
func ownText(v reflect.Value) (text string, ok bool) {
	if !v.CanAddr() {
		own := reflect.New(v.Type()).Elem()
		own.Set(v)
		v = own
	}
	if d, ok := v.Addr().Interface().(places); ok {
		if e := d.Exponent(); e < 0 && e >= -maxPlaces {
			return d.StringFixed(-e), true
		}
	}
	switch d := v.Addr().Interface().(type) {
	case encoding.TextMarshaler:
		b, err := d.MarshalText()
		return string(b), err == nil
	case fmt.Stringer:
		return d.String(), true
	}
	switch v.Kind() {
	case reflect.String:
		return v.String(), true
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return strconv.FormatInt(v.Int(), 10), false
	}
	return "", false
}

// isNumber reports whether text is a decimal number.
func isNumber(text string) bool {
	if len(text) > 1000 {
		return false
	}
	digits := false
	for i, c := range []byte(text) {
		switch {
		case '0' <= c && c <= '9':
			digits = true
		case c == '-' && i == 0, c == '.':
		default:
			return false
		}
	}
	return digits && strings.Count(text, ".") <= 1
}
