package engine

import "reflect"

// scalar is an expression of a basic kind that is evaluated directly, without
// reflection: a field, a constant, a comparison, a length. The function of its
// class is set.
type scalar struct {
	typ   reflect.Type
	class class
	at    *loc // where it lies, if it is a plain read
	bool  func(*frame) bool
	int   func(*frame) int64
	uint  func(*frame) uint64
	float func(*frame) float64
	text  func(*frame) string
}

// loadScalar is the scalar at a place.
func loadScalar(typ reflect.Type, at loc) (scalar, bool) {
	s := scalar{typ: typ, class: basicClass(typ.Kind()), at: &at}
	k := typ.Kind()
	switch s.class {
	case classBool:
		s.bool = func(fr *frame) bool { return boolAt(fr.must(&at)) }
	case classInt:
		s.int = func(fr *frame) int64 { return intAt(fr.must(&at), k) }
	case classUint:
		s.uint = func(fr *frame) uint64 { return uintAt(fr.must(&at), k) }
	case classFloat:
		s.float = func(fr *frame) float64 { return floatAt(fr.must(&at), k) }
	case classText:
		s.text = func(fr *frame) string { return stringAt(fr.must(&at)) }
	default:
		return s, false
	}
	return s, true
}

func constantBool(b bool) scalar {
	return scalar{typ: reflect.TypeFor[bool](), class: classBool, bool: func(*frame) bool { return b }}
}

// junction is the logical and or, with or set, the logical or of a list. It
// evaluates no more of the list than decides.
func junction(list []scalar, or bool) func(*frame) bool {
	return func(fr *frame) bool {
		for i := range list {
			if list[i].bool(fr) == or {
				return or
			}
		}
		return !or
	}
}

// box returns the value, of the type that it has, as the interface that a
// function receives.
func (s scalar) box() func(*frame) any {
	at, typ := s.at, s.typ
	if at != nil {
		return func(fr *frame) any { return valueAt(typ, fr.must(at)).Interface() }
	}
	switch typ {
	case reflect.TypeFor[bool]():
		return func(fr *frame) any { return s.bool(fr) }
	case reflect.TypeFor[int]():
		return func(fr *frame) any { return int(s.int(fr)) }
	case reflect.TypeFor[float64]():
		return func(fr *frame) any { return s.float(fr) }
	case stringType:
		return func(fr *frame) any { return s.text(fr) }
	}
	set := map[class]func(v reflect.Value, fr *frame){
		classBool:  func(v reflect.Value, fr *frame) { v.SetBool(s.bool(fr)) },
		classInt:   func(v reflect.Value, fr *frame) { v.SetInt(s.int(fr)) },
		classUint:  func(v reflect.Value, fr *frame) { v.SetUint(s.uint(fr)) },
		classFloat: func(v reflect.Value, fr *frame) { v.SetFloat(s.float(fr)) },
		classText:  func(v reflect.Value, fr *frame) { v.SetString(s.text(fr)) },
	}[s.class]
	return func(fr *frame) any {
		v := reflect.New(typ).Elem()
		set(v, fr)
		return v.Interface()
	}
}

// compare compiles a == b or a < b; nil if text/template refuses or a
// comparison of these classes isn't known here.
func compare(a, b scalar, equal bool) func(*frame) bool {
	switch {
	case a.class == classBool && b.class == classBool && equal:
		return func(fr *frame) bool { return a.bool(fr) == b.bool(fr) }
	case a.class == classInt && b.class == classInt:
		if equal {
			return func(fr *frame) bool { return a.int(fr) == b.int(fr) }
		}
		return func(fr *frame) bool { return a.int(fr) < b.int(fr) }
	case a.class == classUint && b.class == classUint:
		if equal {
			return func(fr *frame) bool { return a.uint(fr) == b.uint(fr) }
		}
		return func(fr *frame) bool { return a.uint(fr) < b.uint(fr) }
	case a.class == classInt && b.class == classUint:
		if equal {
			return func(fr *frame) bool { i := a.int(fr); return i >= 0 && uint64(i) == b.uint(fr) }
		}
		return func(fr *frame) bool { i := a.int(fr); return i < 0 || uint64(i) < b.uint(fr) }
	case a.class == classUint && b.class == classInt:
		if equal {
			return func(fr *frame) bool { i := b.int(fr); return i >= 0 && a.uint(fr) == uint64(i) }
		}
		return func(fr *frame) bool { i := b.int(fr); return i >= 0 && a.uint(fr) < uint64(i) }
	case a.class == classFloat && b.class == classFloat:
		if equal {
			return func(fr *frame) bool { return a.float(fr) == b.float(fr) }
		}
		return func(fr *frame) bool { return a.float(fr) < b.float(fr) }
	case a.class == classText && b.class == classText:
		if equal {
			return func(fr *frame) bool { return a.text(fr) == b.text(fr) }
		}
		return func(fr *frame) bool { return a.text(fr) < b.text(fr) }
	}
	return nil
}
