// Command refserver serves the reference views that live view
// servers are measured with, set up as a production application is: release
// mode, sessions, CSRF token, origin check, signed tokens.
//
//	PORT=4310 go run ./bench/refserver
package main

import (
	"cmp"
	"flag"
	"log"
	"os"
	"runtime/debug"

	"github.com/gin-contrib/sessions"
	"github.com/gin-contrib/sessions/cookie"
	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

func main() {
	compress := flag.Int("compress", 0, "compress messages of as many bytes; 0 for none")
	flag.Parse()
	gin.SetMode(gin.ReleaseMode)
	// Most open pages are idle most of the time, so a server of many gives a
	// little of its processor for memory. GOGC says otherwise.
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(75)
	}
	r := gin.New()
	r.Use(sessions.Sessions("ref", cookie.NewStore([]byte("a cookie key of the reference server"))))
	r.Use(liveview.Middleware(liveview.Config{
		Secret:    liveview.NewSecret("a secret of the reference server, long enough"),
		EventRate: -1, JoinRate: -1, // what is measured is how fast it is
		CompressionThreshold: *compress,
	}))
	liveview.Handle(r, "/counter", counter{})
	liveview.Handle(r, "/table", table{})
	liveview.Handle(r, "/written", written{})
	liveview.Handle(r, "/remembered", remembered{})
	liveview.Handle(r, "/broadcast", broadcast{})
	liveview.Handle(r, "/stream", stream{})
	liveview.Handle(r, "/cards", cardsView{})
	liveview.Handle(r, "/form", formView{})
	liveview.Handle(r, "/keyed", keyed{})
	liveview.Handle(r, "/nested", nested{})
	liveview.Handle(r, "/rows/:n", rows{})
	crowd := &halls{told: make(map[string]int)}
	liveview.Handle(r, "/hall/:room", crowd)
	r.GET("/hall-figures", crowd.figures)
	log.Fatal(r.Run("127.0.0.1:" + cmp.Or(os.Getenv("PORT"), "4310")))
}
