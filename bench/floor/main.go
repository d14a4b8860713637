// Command floor is what the machine can do without a framework: the measure
// that the reference server is held against.
//
//	PORT=4320 go run ./bench/floor            # bare gorilla/websocket, fixed bytes
//	PORT=4330 go run ./bench/floor -what gin  # Gin and html/template, pages only
package main

import (
	"bytes"
	"cmp"
	"flag"
	"fmt"
	"log"
	"net/http"
	"os"

	"github.com/gin-gonic/gin"
)

func main() {
	what := flag.String("what", "echo", "echo or gin")
	flag.Parse()
	addr := "127.0.0.1:" + cmp.Or(os.Getenv("PORT"), "4320")
	switch *what {
	case "echo":
		log.Fatal(http.ListenAndServe(addr, echoServer()))
	case "gin":
		log.Fatal(ginServer().Run(addr))
	default:
		log.Fatalf("-what is %q; it must be echo or gin", *what)
	}
}

// echoServer serves the pages from memory and answers every event with
// the same bytes.
func echoServer() http.Handler {
	mux := http.NewServeMux()
	for name := range pages {
		var page bytes.Buffer
		if err := documents.ExecuteTemplate(&page, name, newState()); err != nil {
			log.Fatal(err)
		}
		mux.HandleFunc("GET /"+name, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			_, _ = w.Write(page.Bytes()) // a client that has gone is no error here
		})
	}
	mux.Handle("GET /live/websocket", &echo{subscribers: make(map[*subscriber]struct{})})
	return mux
}

// ginServer renders the pages as an ordinary Gin application does.
func ginServer() *gin.Engine {
	gin.SetMode(gin.ReleaseMode)
	r := gin.New()
	r.SetHTMLTemplate(documents)
	for name := range pages {
		r.GET("/"+name, func(c *gin.Context) { c.HTML(http.StatusOK, name, newState()) })
	}
	return r
}

// newState is what a page shows, made anew for each request as a view's is.
func newState() state {
	s := state{CSRF: "a token"}
	for i := range 1000 {
		s.Rows = append(s.Rows, row{i + 1, i % 100, fmt.Sprintf("Item %04d", i+1), fmt.Sprintf("%.2f", float64(i+1)*1.37), stocks[i%len(stocks)]})
	}
	return s
}
