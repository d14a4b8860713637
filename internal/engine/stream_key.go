package engine

import (
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"unicode"
)

// streamKey finds what tells the items of a type apart.
type streamKey struct {
	elem  reflect.Type
	off   uintptr      // of the field ID, from where the item's pointers lead
	field reflect.Type // nil: it is found by reflection
	deref bool         // the item is a pointer
}

var streamKeys sync.Map // of *streamKey, by the items' types

func streamKeyOf(elem reflect.Type) *streamKey {
	if k, ok := streamKeys.Load(elem); ok {
		return k.(*streamKey)
	}
	k := &streamKey{elem: elem}
	t := elem
	if k.deref = t.Kind() == reflect.Pointer; k.deref {
		t = t.Elem()
	}
	if _, method := reflect.PointerTo(t).MethodByName(keyName); !method && t.Kind() == reflect.Struct {
		if f, ok := t.FieldByName(keyName); ok && len(f.Index) == 1 && printsPlainly(f.Type) {
			k.off, k.field = f.Offset, f.Type
		}
	}
	actual, _ := streamKeys.LoadOrStore(elem, k)
	return actual.(*streamKey)
}

// keyName is the field or method that tells items apart.
const keyName = "ID"

// appendTo appends the key of the item at p: what {{.ID}} is of it.
func (k *streamKey) appendTo(dst []byte, p pointer) ([]byte, error) {
	if k.field != nil {
		if k.deref {
			if p = deref(p); p == nil {
				return dst, errors.New("an item of a stream is nil, and has no ID")
			}
		}
		p = add(p, k.off)
		switch kind := k.field.Kind(); basicClass(kind) {
		case classText:
			return append(dst, stringAt(p)...), nil
		case classInt:
			return strconv.AppendInt(dst, intAt(p, kind), 10), nil
		case classUint:
			return strconv.AppendUint(dst, uintAt(p, kind), 10), nil
		default:
			return fmt.Append(dst, valueAt(k.field, p).Interface()), nil
		}
	}
	v, err := keyStep(valueAt(k.elem, p), keyName)
	if err != nil {
		return dst, fmt.Errorf("%w: the items of a stream have a field or method ID, which tells them apart; or call IdentifyBy of the stream", err)
	}
	for v.Kind() == reflect.Interface || v.Kind() == reflect.Pointer && !v.IsNil() && !v.Type().Implements(stringerType) {
		v = v.Elem()
	}
	if !v.IsValid() || !v.CanInterface() {
		return dst, fmt.Errorf("an item of a stream, a %s, has no ID", k.elem)
	}
	return fmt.Append(dst, v.Interface()), nil
}

func (k *streamKey) typeName() string {
	t := k.elem
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Name() == "" {
		return "entry"
	}
	return t.Name()
}

// dashed is the name of a field or type as ids have it: RecentPosts is recent-posts,
// and HTTPLog is http-log.
func dashed(name string) string {
	var b strings.Builder
	letters := []rune(name)
	for i, c := range letters {
		if unicode.IsUpper(c) && i > 0 &&
			(!unicode.IsUpper(letters[i-1]) || i+1 < len(letters) && unicode.IsLower(letters[i+1])) {
			b.WriteByte('-')
		}
		b.WriteRune(unicode.ToLower(c))
	}
	return b.String()
}
