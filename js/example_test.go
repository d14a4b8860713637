package js_test

import (
	"fmt"

	"github.com/gin-liveview/liveview/js"
)

// Commands chain, and never change. In templ they are written by String, in html/template
// as they are: phx-click="{{js.Toggle "#menu"}}".
func Example() {
	hide := js.Hide("#menu")
	fmt.Println(hide)
	fmt.Println(hide.Push("closed"))
	// Output:
	// [["hide",{"to":"#menu"}]]
	// [["hide",{"to":"#menu"}],["push",{"event":"closed"}]]
}

// The row fades, and the view is told which one it was.
func ExamplePush() {
	fmt.Println(js.Hide("#row-7", js.With("fade", "opaque", "transparent"), js.Time(200)).Push("delete", js.Value{"id": 7}))
	// Output: [["hide",{"transition":[["fade"],["opaque"],["transparent"]],"time":200,"to":"#row-7"}],["push",{"event":"delete","value":{"id":7}}]]
}

// Data goes into a selector by ID, whatever is in it.
func ExampleID() {
	fmt.Println(js.Focus(js.ID("user.name")))
	// Output: [["focus",{"to":"#user\\.name"}]]
}
