package form

import (
	"maps"
	"reflect"
	"testing"
)

// What isn't of a form isn't held against its rules: none of its fields could mend that.
func TestWhatIsNotOfAFormIsNotValidated(t *testing.T) {
	type account struct {
		Name string `form:"name" binding:"required"`
	}
	type entry struct {
		Account   account  `form:"-"`
		Product   *account `form:"-" binding:"required"`
		ProductID int      `form:"product_id" binding:"required"`
	}
	type address struct {
		Country account `form:"-"`
		City    string  `form:"city" binding:"required"`
	}
	type order struct {
		ID     int64     `form:"-,key" binding:"required"`
		By     int       `form:"-" binding:"required"`
		Client account   `form:"-"`
		Seller *account  `form:"-" binding:"required"`
		Past   []account `form:"-" binding:"min=1,dive"`
		Any    any       `form:"-"`
		To     address   `form:"to"`
		From   address
		Number string  `form:"number" binding:"required"`
		Lines  []entry `form:"lines"`
		Dived  []entry `form:"dived" binding:"dive"`
	}
	typ, err := TypeOf(reflect.TypeFor[order]())
	if err != nil {
		t.Fatal(err)
	}
	loaded := order{Past: []account{{}}, Any: account{}}
	c := Load(typ, "", reflect.ValueOf(&loaded).Elem(), false)
	missing := map[string]string{
		"number": "is required", "to[city]": "is required", "city": "is required",
		"lines[0][product_id]": "is required", "dived[0][product_id]": "is required",
	}
	for _, test := range []struct {
		body string
		want map[string]string
	}{
		{"number=1&to[city]=Bern&city=Chur&lines[0][product_id]=1&dived[0][product_id]=2", map[string]string{}},
		{"number=2&to[city]=Bern&city=Chur&lines[0][product_id]=1&dived[0][product_id]=2", map[string]string{}}, // which differs in one field
		{"number=&to[city]=&city=&lines[0][product_id]=&dived[0][product_id]=", missing},
	} {
		var v order
		if c, _, err = c.Apply(Sent{Fields: reader(test.body), Target: "number", Say: Problem.String, Body: test.body, Read: reader}, reflect.ValueOf(&v).Elem()); err != nil {
			t.Fatal(err)
		}
		if got := c.Errors(); !maps.Equal(got, test.want) || c.Valid() != (len(test.want) == 0) {
			t.Errorf("%s: valid %v, the errors are %v, want %v", test.body, c.Valid(), got, test.want)
		}
	}
}
