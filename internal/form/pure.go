package form

import (
	"reflect"
	"runtime"
	"slices"
	"strings"

	"github.com/gin-gonic/gin/binding"
	"github.com/go-playground/validator/v10"
)

// A rule is pure if it asks for nothing but the value that it is of. What was found of a
// field with such rules alone holds for as long as its text stays, so that a keystroke
// needn't check it again. All others look at other fields, at the clock, the disk or the
// net, or are the application's.

// pureRules are those of the validator's own.
var pureRules = func() map[string]bool {
	pure := map[string]bool{}
	for rule := range strings.FieldsSeq(`required isdefault len min max eq eq_ignore_case ne ne_ignore_case lt lte gt gte
		alpha alphaspace alphanum alphanumspace alphaunicode alphanumunicode boolean numeric number hexadecimal hexcolor rgb rgba hsl hsla
		e164 email url http_url https_url uri urn_rfc2141 base32 base64 base64url base64rawurl
		contains containsany containsrune excludes excludesall excludesrune startswith endswith startsnotwith endsnotwith
		isbn isbn10 isbn13 issn eth_addr eth_addr_checksum btc_addr btc_addr_bech32
		uuid uuid3 uuid4 uuid5 uuid_rfc4122 uuid3_rfc4122 uuid4_rfc4122 uuid5_rfc4122 ulid md4 md5 sha256 sha384 sha512
		ripemd128 ripemd160 tiger128 tiger160 tiger192 ascii printascii multibyte datauri latitude longitude ssn
		ipv4 ipv6 ip cidrv4 cidrv6 cidr mac hostname hostname_rfc1123 hostname_port fqdn port unique oneof oneofci
		html html_encoded url_encoded json jwt lowercase uppercase datetime
		iso3166_1_alpha2 iso3166_1_alpha2_eu iso3166_1_alpha3 iso3166_1_alpha3_eu iso3166_1_alpha_numeric iso3166_1_alpha_numeric_eu
		iso3166_2 iso4217 iso4217_numeric bcp47_language_tag postcode_iso3166_alpha2 bic_iso_9362_2014 bic semver dns_rfc1035_label
		credit_card cve luhn_checksum mongodb cron ein`) {
		pure[rule] = true
	}
	return pure
}()

// omitting are words of the validator's that are no rules: the others aren't asked for
// a value that there is none of.
var omitting = map[string]bool{"omitempty": true, "omitnil": true, "omitzero": true}

// purity returns that of ty by engine.
func (ty *Type) purity(engine *validator.Validate) *purity {
	if known := ty.pure.Load(); known != nil && known.engine == engine {
		return known
	}
	// A validator has read the rules of a type by the time that a form of it is applied for
	// the second time, so those registered since don't count.
	known := &purity{engine: engine, leaves: make([]bool, len(ty.leaves)), calm: map[string]bool{}}
	if r, ok := registryOf(engine); ok {
		known.all = r.structs.Len() == 0 || !r.looksAt(ty.of, nil)
		for i, l := range ty.leaves {
			known.leaves[i] = r.isPure(l)
		}
		if ty.of.Kind() == reflect.Struct {
			known.calms(ty, ty.of, "", nil)
		}
	}
	ty.pure.Store(known)
	return known
}

// calms finds out whether the struct t at path of ty is calm, and those in it.
func (k *purity) calms(ty *Type, t reflect.Type, path string, within []reflect.Type) bool {
	if slices.Contains(within, t) {
		return false
	}
	within = append(within, t)
	calm := true
	for i := range t.NumField() {
		f := t.Field(i)
		at := f.Name
		if path != "" {
			at = path + "." + f.Name
		}
		if leaf, ok := ty.goes[at]; ok {
			calm = calm && leaf >= 0 && k.leaves[leaf]
			continue
		}
		if ty.outside[at] {
			continue
		}
		inner := f.Type
		for inner.Kind() == reflect.Pointer {
			inner = inner.Elem()
		}
		rules := f.Tag.Get("binding")
		quiet := (rules == "" || rules == "-") && inner.Kind() != reflect.Interface
		if inner.Kind() == reflect.Struct && inner != timeType {
			quiet = k.calms(ty, inner, at, within) && quiet
			k.calm[at] = quiet
		}
		calm = calm && quiet
	}
	k.calm[path] = calm
	return calm
}

// ginsEngine returns the validator behind Gin's own binding.Validator; nil where the
// application has one of its own, of which nothing is known.
func ginsEngine() *validator.Validate {
	t := reflect.TypeOf(binding.Validator)
	if t == nil || t.Kind() != reflect.Pointer || t.Elem().Name() != "defaultValidator" || t.Elem().PkgPath() != "github.com/gin-gonic/gin/binding" {
		return nil
	}
	engine, _ := binding.Validator.Engine().(*validator.Validate)
	return engine
}

// registry is what an application may have registered with a validator, which tells nobody
// but by its memory. That is only read, and where it isn't laid out as expected nothing is
// taken for pure.
type registry struct{ validations, aliases, structs, types reflect.Value }

// registryOf returns the registry of engine; ok is false for one that can't be read, or
// whose rules aren't those of the binding tags.
func registryOf(engine *validator.Validate) (r registry, ok bool) {
	v := reflect.ValueOf(engine).Elem()
	r = registry{v.FieldByName("validations"), v.FieldByName("aliases"), v.FieldByName("structLevelFuncs"), v.FieldByName("customFuncs")}
	maps := []reflect.Value{r.validations, r.aliases, r.structs, r.types, v.FieldByName("rules")}
	for i, m := range maps {
		of := reflect.TypeFor[reflect.Type]()
		if i < 2 {
			of = reflect.TypeFor[string]()
		}
		if m.Kind() != reflect.Map || m.Type().Key() != of {
			return r, false
		}
	}
	tag := v.FieldByName("tagName")
	return r, maps[4].Len() == 0 && tag.Kind() == reflect.String && tag.String() == "binding"
}

// looksAt reports whether a function for whole structs is registered for what may be in a
// value of type t.
func (r registry) looksAt(t reflect.Type, within []reflect.Type) bool {
	switch t.Kind() {
	case reflect.Interface:
		return true // or maybe not
	case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map:
		return r.looksAt(t.Elem(), within)
	case reflect.Struct:
		if r.structs.MapIndex(reflect.ValueOf(t)).IsValid() {
			return true
		}
		if slices.Contains(within, t) || t == timeType {
			return false
		}
		within = append(within, t)
		for i := range t.NumField() {
			if r.looksAt(t.Field(i).Type, within) {
				return true
			}
		}
	}
	return false
}

// isPure reports whether what is found of a leaf depends on its value alone.
func (r registry) isPure(l *leafType) bool {
	if l.typ.Kind() == reflect.Struct && l.typ != timeType && !l.plain {
		return false // the validator goes into it
	}
	for _, t := range []reflect.Type{l.field.Type, l.typ, reflect.PointerTo(l.typ)} {
		if t == nil || r.types.MapIndex(reflect.ValueOf(t)).IsValid() {
			return false // or asks a function of the application's for the value
		}
	}
	for _, rule := range slices.Concat(l.all, l.inner) {
		for one := range strings.SplitSeq(rule, "|") {
			name, _, _ := strings.Cut(one, "=")
			if !omitting[name] && (!r.isBuiltIn(name) || l.typ == timeType && name != "required") { // those of times look at the clock
				return false
			}
		}
	}
	return true
}

// isBuiltIn reports whether name is that of a pure rule of the validator's, and none that
// the application has registered by that name.
func (r registry) isBuiltIn(name string) bool {
	key := reflect.ValueOf(name)
	if !pureRules[name] || r.aliases.MapIndex(key).IsValid() {
		return false
	}
	rule := r.validations.MapIndex(key)
	if rule.Kind() != reflect.Struct || rule.NumField() == 0 || rule.Field(0).Kind() != reflect.Func {
		return false
	}
	// The validator's own are wrapped where it is made, others where they are registered.
	of := runtime.FuncForPC(rule.Field(0).Pointer())
	return of != nil && strings.HasPrefix(of.Name(), "github.com/go-playground/validator/v10.New.")
}
