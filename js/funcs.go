package js

import "fmt"

// Funcs is what the template function js returns: it has the package's functions and
// options as methods, so that a template calls js.Show and (js.Time 300).
type Funcs struct{ Command }

// Inner is the option [Inner].
func (Funcs) Inner() Option { return Inner }

// Closest is the option [Closest].
func (Funcs) Closest() Option { return Closest }

// NonBlocking is the option [NonBlocking].
func (Funcs) NonBlocking() Option { return NonBlocking }

// Blocking is the option [Blocking].
func (Funcs) Blocking() Option { return Blocking }

// PageLoading is the option [PageLoading].
func (Funcs) PageLoading() Option { return PageLoading }

// Replace is the option [Replace].
func (Funcs) Replace() Option { return Replace }

// NoBubbles is the option [NoBubbles].
func (Funcs) NoBubbles() Option { return NoBubbles }

// Self is [Self].
func (Funcs) Self() string { return Self }

// ID is [ID], of an id that is text or a number.
func (Funcs) ID(id any) string { return ID(fmt.Sprint(id)) }

// Display is the option [Display].
func (Funcs) Display(value string) Option { return Display(value) }

// With is the option [With].
func (Funcs) With(classes ...string) Option { return With(classes...) }

// In is the option [In].
func (Funcs) In(classes ...string) Option { return In(classes...) }

// Out is the option [Out].
func (Funcs) Out(classes ...string) Option { return Out(classes...) }

// Time is the option [Time].
func (Funcs) Time(milliseconds int) Option { return Time(milliseconds) }

// Target is the option [Target].
func (Funcs) Target(to any) Option { return Target(to) }

// Loading is the option [Loading].
func (Funcs) Loading(selector string) Option { return Loading(selector) }

// Else is the option [Else].
func (Funcs) Else(value any) Option { return Else(value) }

// Value is the option [Value], of names and values in turn.
func (Funcs) Value(namesAndValues ...any) Option { return Value(pairs("Value", namesAndValues)) }

// Detail is the option [Detail], of names and values in turn.
func (Funcs) Detail(namesAndValues ...any) Option { return Detail(pairs("Detail", namesAndValues)) }

func pairs(fn string, list []any) map[string]any {
	if len(list)%2 != 0 {
		fail(fn, "takes names and values in turn, and one of them is missing")
	}
	values := make(map[string]any, len(list)/2)
	for i := 0; i < len(list); i += 2 {
		name, ok := list[i].(string)
		if !ok {
			fail(fn, fmt.Sprintf("takes names and values in turn, and has a %T for a name", list[i]))
		}
		values[name] = list[i+1]
	}
	return values
}
