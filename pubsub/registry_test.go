package pubsub

import (
	"encoding/json"
	"fmt"
	"math/big"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// Types whose JSON leaves something out, or that can't be read back.
type (
	promotedMethod struct { // is written as its time, and nothing else
		time.Time
		Name string
	}
	promotedReading struct { // is read as its time
		time.Time
		Name string
	}
	writtenOnly struct{ X int }
	textOnly    struct{ X int }
	base        struct{ ID, Name string }
	other       struct{ ID, Extra string }
	conflicting struct { // two IDs at one depth: JSON takes neither
		base
		Other
	}
	Other    other
	shadowed struct {
		Base
		ID int
	}
	Base      base
	sameNames struct {
		A int `json:"B"`
		B int
	}
	hiddenPointer struct{ *base }
	hiddenNumber  int
	hiddenValue   struct {
		hiddenNumber
		X int
	}
	floatKeys  struct{ M map[float64]int }
	structKeys struct{ M map[base]int }
	byPointer  struct{ x int } // is written by a method of its pointer
	inMap      struct{ M map[string]byPointer }
	itself     struct {
		*itself
		X int
	}
)

func (promotedReading) MarshalJSON() ([]byte, error) { return []byte(`{"Name":""}`), nil }
func (writtenOnly) MarshalJSON() ([]byte, error)     { return []byte(`{}`), nil }
func (textOnly) MarshalText() ([]byte, error)        { return nil, nil }
func (b *byPointer) MarshalJSON() ([]byte, error)    { return json.Marshal(b.x) }
func (b *byPointer) UnmarshalJSON(data []byte) error { return json.Unmarshal(data, &b.x) }

// What would lose something on its way can't be registered, and the panic says
// what and where.
func TestRegisterRefusesWhatJSONLoses(t *testing.T) {
	_ = hiddenValue{hiddenNumber: 1}
	_ = itself{}.itself
	for want, register := range map[string]func(){
		"pubsub.promotedMethod.Name would be lost":             func() { Register[promotedMethod]("lost.a") },
		"pubsub.promotedReading.Name would be lost":            func() { Register[promotedReading]("lost.b") },
		"pubsub.writtenOnly has a MarshalJSON and no Unmarsha": func() { Register[writtenOnly]("lost.c") },
		"pubsub.textOnly has a MarshalText and no UnmarshalTe": func() { Register[textOnly]("lost.d") },
		"pubsub.conflicting.base.ID would be lost":             func() { Register[conflicting]("lost.e") },
		"pubsub.shadowed.Base.ID would be lost":                func() { Register[shadowed]("lost.f") },
		"pubsub.sameNames.B would be lost":                     func() { Register[sameNames]("lost.g") },
		"pubsub.hiddenPointer.base can't be read back":         func() { Register[hiddenPointer]("lost.h") },
		"pubsub.hiddenValue.hiddenNumber would be lost":        func() { Register[hiddenValue]("lost.i") },
		"pubsub.floatKeys.M's keys":                            func() { Register[floatKeys]("lost.j") },
		"pubsub.structKeys.M's keys":                           func() { Register[structKeys]("lost.k") },
		"pubsub.inMap.M[]":                                     func() { Register[inMap]("lost.l") },
		"pubsub.itself.itself":                                 func() { Register[itself]("lost.m") },
	} {
		func() {
			defer func() {
				if got := fmt.Sprint(recover()); !strings.Contains(got, want) {
					t.Errorf("Register panics with %q, want %q", got, want)
				}
			}()
			register()
		}()
	}
}

type (
	onlyTime struct{ time.Time }
	whole    struct {
		base
		Amount   big.Int // written by its pointer
		Pair     [2]big.Int
		At       time.Time `json:"at"`
		Only     onlyTime
		ByNumber map[int64]string
		ByTime   map[time.Time]int
		Cents    byPointer
		List     []byPointer
		More     *whole
		Pointer  *byPointer
		Raw      json.RawMessage
		Number   json.Number
		Bytes    []byte
	}
)

func init() { Register[whole]("pubsub.whole") }

// What can be registered comes as it was sent.
func TestWhatIsRegisteredComesWhole(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		h := &hub{}
		a, b := h.bus(t, Options{}), h.bus(t, Options{})
		there := collect(t, b, "t")
		at := time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC)
		want := whole{
			base:     base{"1", "Ann"},
			Amount:   *big.NewInt(1 << 60),
			Pair:     [2]big.Int{*big.NewInt(1), *big.NewInt(2)},
			At:       at,
			Only:     onlyTime{at},
			ByNumber: map[int64]string{-1: "x"},
			ByTime:   map[time.Time]int{at: 1},
			Cents:    byPointer{7},
			List:     []byPointer{{8}},
			More:     &whole{Cents: byPointer{9}, Raw: json.RawMessage("null"), Number: "0"},
			Pointer:  &byPointer{10},
			Raw:      json.RawMessage(`{"x":1}`),
			Number:   "1.50",
			Bytes:    []byte{0, 255},
		}
		if err := a.Publish("t", want); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if got := there(); len(got) != 1 || !reflect.DeepEqual(got[0], want) {
			t.Errorf("there came %+v, want %+v", got, want)
		}
	})
}
