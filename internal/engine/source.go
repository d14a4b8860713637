package engine

import (
	"fmt"
	"html/template"
	"io/fs"
	"path"
	"reflect"
	"slices"
)

// Source is what [Parse] compiles.
type Source struct {
	Name     string              // names the page in errors, such as "main.go:27"
	Text     string              // the page; empty: the template named Page from FS is the page
	FS       fs.FS               // optional, with Patterns: more templates, named by their base names
	Patterns []string            // globs in FS
	Parts    []Files             // optional: templates that those may call, or define anew
	Page     string              // with empty Text: the page's template; default: the first file of Patterns[0]
	Funcs    template.FuncMap    // the application's functions
	State    reflect.Type        // the type of dot
	Meta     reflect.Type        // a pointer type whose methods are Helpers; may be nil
	Helpers  map[string]string   // template function name -> exported method of Meta
	Live     map[string]LiveKind // the live components, by the functions that show them

	// Hint says what to do instead of printing a value of a type, or of asking whether
	// one is true; "" for what can be. nil says nothing of any.
	Hint func(t reflect.Type) (printed, asked string)

	// Command is the type of what an event attribute such as phx-click may run. Another
	// value that begins with "[" isn't shown there. nil: none is.
	Command reflect.Type

	// Pure are those of Funcs whose results, and those of their methods, depend on
	// nothing but what they are given. What one makes of constants is made once, when the
	// page is parsed, and its errors are errors of [Parse].
	Pure map[string]bool

	// Forms returns what is known of forms of a type, nil of any other type.
	Forms func(t reflect.Type) FormModel

	// Methods returns how a function of Funcs, in a tag, writes what a method of a t returns;
	// nil for all that is left to html/template. It may be nil.
	Methods func(function string, t reflect.Type, method string) MethodText

	// Key returns the path of what tells entries of a type apart in a range that doesn't
	// say it by keyed; "" for nothing. nil is nothing of any.
	Key func(t reflect.Type) string

	// Attributes are those of Funcs whose result stands in a tag, by name, and by
	// two names where the second takes the result of the first: "patch | replace".
	Attributes map[string]Attribute
}

// Files are those that the globs find.
type Files struct {
	FS       fs.FS
	Patterns []string
}

// load parses the source and its further files.
func load(src Source, funcs template.FuncMap) (*template.Template, error) {
	name := src.Name
	if src.Text == "" {
		name = src.Page
		if name == "" && src.FS != nil && len(src.Patterns) > 0 {
			files, err := fs.Glob(src.FS, src.Patterns[0])
			if err != nil {
				return nil, err
			}
			if len(files) == 0 {
				return nil, fmt.Errorf("no file of Source.FS matches %q", src.Patterns[0])
			}
			name = path.Base(files[0])
		}
	}
	page := template.New(name).Funcs(funcs)
	for _, part := range slices.Backward(src.Parts) { // what stands before it in the list defines anew
		if _, err := page.ParseFS(part.FS, part.Patterns...); err != nil {
			return nil, err
		}
	}
	if src.FS != nil && len(src.Patterns) > 0 {
		if _, err := page.ParseFS(src.FS, src.Patterns...); err != nil {
			return nil, err
		}
	}
	if src.Text == "" && src.FS != nil {
		return page, nil
	}
	// The page last, so that its own definitions win over those of the files.
	if _, err := page.Parse(src.Text); err != nil {
		return nil, err
	}
	return page, nil
}

// functions returns the functions html/template must know, and the types of
// those that the user can call.
func functions(src Source) (template.FuncMap, map[string]reflect.Type, error) {
	funcs, types := template.FuncMap{}, map[string]reflect.Type{}
	for name, p := range primitives {
		funcs[name] = p.standIn
	}
	for name, fn := range src.Funcs {
		if p, taken := primitives[name]; taken {
			return nil, nil, fmt.Errorf("the function name %q is taken: %s", name, p.does)
		}
		funcs[name] = fn
		if types[name] = reflect.TypeOf(fn); fn == nil || types[name].Kind() != reflect.Func {
			return nil, nil, fmt.Errorf("the template function %q is not a function", name)
		}
	}
	for name, method := range src.Helpers {
		if src.Meta == nil {
			return nil, nil, fmt.Errorf("the helper %q has no Meta to be called on", name)
		}
		if _, ok := funcs[name]; ok {
			return nil, nil, fmt.Errorf("the function name %q is taken by a helper", name)
		}
		if _, ok := src.Meta.MethodByName(method); !ok {
			return nil, nil, fmt.Errorf("the helper %q is %s.%s, which doesn't exist", name, src.Meta, method)
		}
		t := reflect.Zero(src.Meta).MethodByName(method).Type()
		types[name] = t
		// A stand-in with the right signature; calls are compiled to the method.
		funcs[name] = reflect.MakeFunc(t, func([]reflect.Value) []reflect.Value {
			panic(name + " can't be called here")
		}).Interface()
	}
	if err := src.addLive(funcs); err != nil {
		return nil, nil, err
	}
	return funcs, types, nil
}

// addLive adds the functions that show live components.
func (src *Source) addLive(funcs template.FuncMap) error {
	for name, kind := range src.Live {
		if kind == nil {
			return fmt.Errorf("the live component %q is nil", name)
		}
		if _, taken := funcs[name]; taken {
			return fmt.Errorf("the function name %q is taken, so it can't show a live component", name)
		}
		funcs[name] = liveStandIn
	}
	return nil
}
