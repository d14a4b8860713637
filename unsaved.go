package liveview

import "reflect"

// unsaved is what types are of which nothing is saved.
type unsaved interface{ unsaved() }

// nothingSaved is an empty map in CBOR (RFC 8949, section 3.1).
var nothingSaved = []byte{0xa0}

func isUnsaved(t reflect.Type) bool { return t.Implements(reflect.TypeFor[unsaved]()) }

// heldBy returns what a form is bound to; nil for what is none.
func heldBy(t reflect.Type) reflect.Type {
	if f, ok := reflect.Zero(reflect.PointerTo(t)).Interface().(interface{ savedHolds() reflect.Type }); ok {
		return f.savedHolds()
	}
	return nil
}

// savedState is a state as it is saved.
type savedState struct {
	Shape []byte `cbor:"1,keyasint"`
	Data  []byte `cbor:"2,keyasint"`
	Lacks bool   `cbor:"3,keyasint,omitempty"` // TempAssign had let go of some of it
}
