package liveview

import (
	"fmt"
	"reflect"

	"github.com/gin-liveview/liveview/internal/form"
	"github.com/gin-liveview/liveview/internal/saved"
)

// savedForm is a form as it is saved with the state that it is in.
type savedForm struct {
	As      string       `cbor:"1,keyasint,omitempty"`
	Loaded  []byte       `cbor:"2,keyasint"`
	Applied bool         `cbor:"3,keyasint,omitempty"`
	Marks   []int        `cbor:"4,keyasint,omitempty"`
	Inputs  []savedInput `cbor:"5,keyasint,omitempty"`
	Fresh   bool         `cbor:"6,keyasint,omitempty"`
}

type savedInput struct {
	_      struct{} `cbor:",toarray"`
	Name   string
	Text   string
	Marker bool
}

// MarshalCBOR returns what the form was loaded with and what was typed since, to be saved
// with the state that it is in; see [Restorer]. It returns the error of a type in T.
func (f Form[T]) MarshalCBOR() ([]byte, error) {
	if f.core == nil {
		return saved.Marshal(savedForm{})
	}
	loaded, err := saved.Marshal(f.core.Loaded().Interface())
	if err != nil {
		return nil, fmt.Errorf("liveview: saving a form: %w", err)
	}
	s := savedForm{As: f.core.As(), Loaded: loaded, Applied: f.core.Applied(), Fresh: f.core.Fresh()}
	if s.Applied {
		s.Marks = f.core.Marks()
		for _, in := range f.core.Inputs() {
			s.Inputs = append(s.Inputs, savedInput{Name: in.Name, Text: in.Text, Marker: in.Marker})
		}
	}
	return saved.Marshal(s)
}

// UnmarshalCBOR reads what MarshalCBOR returns. What is wrong with the fields is found out
// again, and said in English until the next event; what Check has found isn't.
func (f *Form[T]) UnmarshalCBOR(data []byte) error {
	var s savedForm
	if err := saved.Unmarshal(data, &s); err != nil {
		return err
	}
	if s.Loaded == nil {
		*f = Form[T]{}
		return nil
	}
	var loaded T
	if err := saved.Unmarshal(s.Loaded, &loaded); err != nil {
		return err
	}
	next := FormOf(loaded, As(s.As), func(o *formOptions) { o.asNew = s.Fresh })
	if s.Applied {
		inputs := make([]form.Input, 0, len(s.Inputs))
		for _, in := range s.Inputs {
			inputs = append(inputs, form.Input{Name: in.Name, Text: in.Text, Marker: in.Marker})
		}
		applied := Form[T]{}
		core, err := next.core.Again(inputs, s.Marks, form.Problem.String, reflect.ValueOf(&applied.Value).Elem())
		if err != nil {
			return fmt.Errorf("liveview: reading a saved form: %w", err)
		}
		applied.core = core
		next = applied
	}
	*f = next
	return nil
}

func (f *Form[T]) savedHolds() reflect.Type { return reflect.TypeFor[T]() }
