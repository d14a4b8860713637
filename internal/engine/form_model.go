package engine

// FormModel is what is known of a form by its type, or of the rows of a list in it.
// Models of the same are equal.
type FormModel interface {
	// Call returns what is wrong with the call of a method of the form's with path, and
	// the model of the rows that it returns, nil for none.
	Call(method, path string) (FormModel, error)

	// Place returns how the field at path is found, nil if that isn't known before.
	Place(path string) FormPlace
}

// FormPlace returns a pointer to a field of the form that form points to, and its
// version: fields of the same version, which isn't 0, are the same.
type FormPlace func(form any) (field any, version uint64)

// formField is the method of a form that returns a field.
const formField = "Field"
