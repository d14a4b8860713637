package liveviewtest_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gin-liveview/liveview/liveviewtest"
)

func ExampleOpen() {
	v := liveviewtest.Open(t, router, "/todo")
	v.Submit("#new", "text", "milk")
	fmt.Println(v.Text("#status"), v.Text("#items"))
	// Output: added tea bread milk
}

// A page as a browser with these settings gets it, behind a proxy for instance.
func ExampleOptions() {
	v := liveviewtest.Open(t, router, "/todo", liveviewtest.Options{
		Host:    "shop.example.com",
		Header:  http.Header{"Accept-Language": {"de"}},
		Cookies: []*http.Cookie{{Name: "theme", Value: "dark"}},
		Timeout: time.Minute,
	})
	request := v.Response().Request
	theme, _ := request.Cookie("theme")
	fmt.Println(request.URL.Host, request.Header.Get("Accept-Language"), theme.Value)
	// Output: shop.example.com de dark
}

func ExampleNewSession() {
	ada, bob := liveviewtest.NewSession(t, router), liveviewtest.NewSession(t, router)
	ada.PostForm("/login", url.Values{"user": {"Ada"}})
	bob.PostForm("/login", url.Values{"user": {"Bob"}})
	fmt.Println(ada.Open("/todo").Text("#user"), bob.Open("/todo").Text("#user"))
	// Output: Ada Bob
}

func ExampleSession_Open() {
	s := liveviewtest.NewSession(t, router)
	first, second := s.Open("/todo"), s.Open("/todo?page=2")
	fmt.Println(first.Text("#page"), second.Text("#page"))
	// Output: 1 2
}

func ExampleSession_Visit() {
	s := liveviewtest.NewSession(t, router)
	v := s.Visit("/login")
	v.Submit("form", "user", "Ada")
	fmt.Println(v.URL(), v.Text("#user"))
	// Output: /todo Ada
}

func ExampleSession_Get() {
	s := liveviewtest.NewSession(t, router)
	fmt.Println(s.Get("/login").Status, s.Get("/nowhere").Status)
	// Output: 200 OK 404 Not Found
}

func ExampleSession_PostForm() {
	s := liveviewtest.NewSession(t, router)
	s.PostForm("/login", url.Values{"user": {"Ada"}})
	fmt.Println(s.Open("/todo").Text("#user"))
	// Output: Ada
}

func ExampleSession_Cookies() {
	s := liveviewtest.NewSession(t, router)
	s.PostForm("/login", url.Values{"user": {"Ada"}})
	fmt.Println(s.Cookies()[0])
	// Output: user=Ada
}

func ExampleView_HTML() {
	v := liveviewtest.Open(t, router, "/about")
	fmt.Println(v.HTML())
	// Output: <h1>About</h1>
}

func ExampleView_Find() {
	v := liveviewtest.Open(t, router, "/todo")
	fmt.Println(v.Find("#items li").Length(), v.Find("#count").AttrOr("phx-click", ""))
	// Output: 2 count
}

func ExampleView_Text() {
	v := liveviewtest.Open(t, router, "/todo")
	fmt.Println(v.Text("h1"))
	// Output: Todo
}

func ExampleView_Has() {
	v := liveviewtest.Open(t, router, "/todo")
	fmt.Println(v.Has("#items li", "tea"), v.Has("#items li", "coffee"))
	// Output: true false
}

func ExampleView_Count() {
	v := liveviewtest.Open(t, router, "/todo")
	fmt.Println(v.Count("#items li"))
	// Output: 2
}

func ExampleView_Value() {
	v := liveviewtest.Open(t, router, "/todo")
	v.Change("[name=text]", "milk")
	fmt.Println(v.Value("[name=text]"))
	// Output: milk
}

func ExampleView_Checked() {
	v := liveviewtest.Open(t, router, "/todo")
	fmt.Println(v.Checked("[name=urgent]"))
	// Output: false
}

func ExampleView_Title() {
	v := liveviewtest.Open(t, router, "/todo")
	fmt.Println(v.Title())
	// Output: Todo
}

func ExampleView_URL() {
	v := liveviewtest.Open(t, router, "/todo")
	v.Follow("Next page")
	fmt.Println(v.URL())
	// Output: /todo?page=2
}

func ExampleView_ID() {
	v := liveviewtest.Open(t, router, "/todo")
	fmt.Println(v.Find("#" + v.ID()).Is("[data-phx-main]"))
	// Output: true
}

func ExampleView_Live() {
	v := liveviewtest.Open(t, router, "/todo")
	fmt.Println(v.Live())
	v.Disconnect()
	fmt.Println(v.Live())
	// Output:
	// true
	// false
}

func ExampleView_Response() {
	v := liveviewtest.Open(t, router, "/todo")
	fmt.Println(v.Response().StatusCode, v.Response().Header.Get("Cache-Control"))
	// Output: 200 no-store
}

func ExampleView_Events() {
	v := liveviewtest.Open(t, router, "/todo")
	v.Click("Save")
	for _, e := range v.Events() {
		fmt.Printf("%s %s\n", e.Name, e.Payload)
	}
	// Output: saved {"id":7}
}

func ExampleView_Flash() {
	v := liveviewtest.Open(t, router, "/todo")
	v.Click("Save")
	fmt.Println(v.Flash("info"))
	// Output: Saved
}

func ExampleView_ClearFlash() {
	v := liveviewtest.Open(t, router, "/todo")
	v.Click("Save")
	v.ClearFlash("info")
	fmt.Printf("%q\n", v.Flash("info"))
	// Output: ""
}

func ExampleView_Choose() {
	v := liveviewtest.Open(t, router, "/notes")
	v.Choose("[type=file]", liveviewtest.File{Name: "a.txt", Type: "text/plain", Content: []byte("a note")})
	v.Submit("#notes")
	fmt.Println(v.Text("#log"))
	// Output: a.txt: 6 bytes from "a not"
}

func ExampleView_Upload() {
	v := liveviewtest.Open(t, router, "/notes")
	v.Choose("[type=file]", liveviewtest.File{Name: "a.txt", Type: "text/plain", Content: []byte("a note"), Held: true})
	v.Submit("#notes")
	v.Upload("[type=file]", "a.txt", 50)
	fmt.Println(v.Text("#entries"))
	v.Upload("[type=file]", "a.txt", 50)
	fmt.Println(v.Text("#log"))
	// Output:
	// a.txt 50
	// a.txt: 6 bytes from "a not"
}

func ExampleView_Close() {
	v := liveviewtest.Open(t, router, "/todo")
	v.Close()
	fmt.Println(v.Text("h1"))
	// Output: Todo
}

func ExampleView_Click() {
	v := liveviewtest.Open(t, router, "/todo")
	v.Click("#count") // by a selector
	v.Click("Count")  // or by what it shows
	fmt.Println(v.Text("#status"))
	// Output: count items
}

func ExampleView_Follow() {
	v := liveviewtest.Open(t, router, "/todo")
	v.Follow("About")
	fmt.Println(v.Text("h1"))
	// Output: About
}

func ExampleView_Focus() {
	v := liveviewtest.Open(t, router, "/todo")
	v.Focus("#search")
	fmt.Println(v.Text("#status"))
	// Output: ready
}

func ExampleView_Blur() {
	v := liveviewtest.Open(t, router, "/todo")
	v.Blur("#search")
	fmt.Println(v.Text("#status"))
	// Output: left
}

func ExampleView_Key() {
	v := liveviewtest.Open(t, router, "/todo")
	v.Key("#search", "Enter")
	fmt.Println(v.Text("#status"))
	// Output: found Enter
}

func ExampleView_KeyDown() {
	v := liveviewtest.Open(t, router, "/todo")
	v.KeyDown("#search", "ArrowUp")
	fmt.Println(v.Text("#status"))
	// Output: search ArrowUp
}

func ExampleView_KeyUp() {
	v := liveviewtest.Open(t, router, "/todo")
	v.KeyUp("#search", "ArrowUp")
	fmt.Println(v.Text("#status"))
	// Output: found ArrowUp
}

func ExampleView_Change() {
	v := liveviewtest.Open(t, router, "/todo")
	v.Change("#new", "text", "milk")
	fmt.Println(v.Text("#status"))
	v.Change("[name=text]", "sugar")
	fmt.Println(v.Text("#status"))
	v.Change("#new", "text", "", "urgent", true)
	fmt.Println(v.Text("#status"))
	// Output:
	// checking milk
	// checking sugar
	// checking on
}

func ExampleView_Submit() {
	v := liveviewtest.Open(t, router, "/todo")
	v.Submit("#new", "text", "milk")
	fmt.Println(v.Text("#items"))
	// Output: tea bread milk
}

func ExampleView_Hook() {
	v := liveviewtest.Open(t, router, "/todo")
	reply := v.Hook("#map").Push("locate", map[string]int{"x": 1})
	fmt.Printf("%s\n", reply)
	// Output: {"city":"Basel"}
}

func ExampleHook_Push() {
	v := liveviewtest.Open(t, router, "/todo")
	var place struct{ City string }
	if err := json.Unmarshal(v.Hook("#map").Push("locate", nil), &place); err != nil {
		t.Fatal(err)
	}
	fmt.Println(place.City)
	// Output: Basel
}

func ExampleHook_PushTo() {
	v := liveviewtest.Open(t, router, "/todo")
	reply := v.Hook("#map").PushTo("#items", "locate", nil)
	fmt.Printf("%s\n", reply)
	// Output: {"city":"Basel"}
}

func ExampleView_Back() {
	v := liveviewtest.Open(t, router, "/todo")
	v.Follow("Next page")
	v.Back()
	fmt.Println(v.URL(), v.Text("#page"))
	// Output: /todo 1
}

func ExampleView_Forward() {
	v := liveviewtest.Open(t, router, "/todo")
	v.Follow("Next page")
	v.Back()
	v.Forward()
	fmt.Println(v.URL(), v.Text("#page"))
	// Output: /todo?page=2 2
}

func ExampleView_Reload() {
	v := liveviewtest.Open(t, router, "/todo")
	v.Click("Count")
	v.Reload()
	fmt.Printf("%q\n", v.Text("#status"))
	// Output: ""
}

func ExampleView_WaitFor() {
	v := liveviewtest.Open(t, router, "/todo")
	v.Click("Later")
	v.WaitFor(func() bool { return v.Text("#status") == "done" })
	fmt.Println(v.Text("#status"))
	// Output: done
}

func ExampleView_WaitForText() {
	v := liveviewtest.Open(t, router, "/todo")
	v.Click("Later")
	v.WaitForText("#status", "done")
	fmt.Println(v.Text("#status"))
	// Output: done
}

func ExampleView_Await() {
	v := liveviewtest.Open(t, router, "/todo")
	v.Click("Look up")
	v.Await()
	fmt.Println(v.Text("#price"))
	// Output: 3.20
}

func ExampleView_WaitIdle() {
	v := liveviewtest.Open(t, router, "/todo")
	v.Click("Later")
	v.WaitIdle()
	fmt.Println(v.Text("#status"))
	// Output: done
}

func ExampleView_ExpectEvent() {
	v := liveviewtest.Open(t, router, "/todo")
	v.Click("Save")
	fmt.Printf("%s\n", v.ExpectEvent("saved"))
	// Output: {"id":7}
}

func ExampleView_ExpectPatch() {
	v := liveviewtest.Open(t, router, "/todo")
	v.Follow("Next page")
	v.ExpectPatch("/todo?page=2")
	fmt.Println(v.Text("#page"))
	// Output: 2
}

func ExampleView_ExpectNavigation() {
	v := liveviewtest.Open(t, router, "/todo")
	v.Follow("About")
	v.ExpectNavigation("/about")
	fmt.Println(v.Text("h1"))
	// Output: About
}

func ExampleView_ExpectRedirect() {
	v := liveviewtest.Open(t, router, "/todo")
	v.Follow("Admin") // where nobody is logged in
	v.ExpectRedirect("/login")
	fmt.Println(v.Has("button", "Log in"))
	// Output: true
}

func ExampleView_ExpectCrash() {
	v := liveviewtest.Open(t, router, "/todo")
	v.Click("Break")
	v.ExpectCrash()
	v.Reconnect()
	fmt.Println(v.Live())
	// Output: true
}

func ExampleView_ExpectDisconnect() {
	v := liveviewtest.Open(t, router, "/todo")
	v.Change("[name=text]", strings.Repeat("more than is even read of a message ", 5000))
	fmt.Println(v.ExpectDisconnect())
	// Output: 1009
}

func ExampleView_Disconnect() {
	v := liveviewtest.Open(t, router, "/todo")
	v.Click("Count")
	v.Disconnect()
	fmt.Println(v.Text("#status")) // what was there stays
	v.Reconnect()
	fmt.Println(v.Text("#status")) // of the same view
	// Output:
	// count items
	// count items
}

func ExampleView_Reconnect() {
	v := liveviewtest.Open(t, router, "/todo")
	v.Change("#new", "text", "milk")
	v.Reconnect()
	fmt.Println(v.Text("#status")) // the form was sent again
	// Output: checking milk
}
