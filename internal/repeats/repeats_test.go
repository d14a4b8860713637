package repeats_test

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-liveview/liveview/internal/repeats"
)

var header = http.Header{"Location": {"/there"}}

// A second request waits for the answer to the first, and gets it; one whose first came
// to nothing runs.
func TestRepeatGetsTheFirstAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l repeats.List
		a, first, err := l.Begin(t.Context(), "key", time.Now())
		if err != nil || !first {
			t.Fatal(first, err)
		}
		type result struct {
			a     *repeats.Answer
			first bool
		}
		second := make(chan result, 1)
		go func() {
			a, first, _ := l.Begin(t.Context(), "key", time.Now())
			second <- result{a, first}
		}()
		synctest.Wait()
		select {
		case r := <-second:
			t.Fatalf("the second has %+v before the first is answered", r)
		default:
		}
		a.Give(303, header, []byte("body"), time.Now())
		if r := <-second; r.first || r.a.Status != 303 || r.a.Header.Get("Location") != "/there" || string(r.a.Body) != "body" {
			t.Errorf("the second gets %+v, first: %v", r.a, r.first)
		}

		a, _, _ = l.Begin(t.Context(), "failing", time.Now())
		go func() {
			a, first, _ := l.Begin(t.Context(), "failing", time.Now())
			second <- result{a, first}
		}()
		synctest.Wait()
		a.GiveUp()
		if r := <-second; !r.first {
			t.Error("what follows one that came to nothing doesn't run")
		}

		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, _, err := l.Begin(ctx, "failing", time.Now()); err == nil {
			t.Error("a request that has gone is answered")
		}
	})
}

// What is remembered has an end: bodies after a minute or beside too many others, requests
// after twenty minutes.
func TestAnswersAreForgotten(t *testing.T) {
	var l repeats.List
	start := time.Now()
	give := func(key string, body []byte, at time.Time) {
		a, first, err := l.Begin(t.Context(), key, at)
		if err != nil || !first {
			t.Fatal(key, first, err)
		}
		a.Give(200, header, body, at)
	}
	get := func(key string, at time.Time) *repeats.Answer {
		a, first, err := l.Begin(t.Context(), key, at)
		if err != nil || first {
			t.Fatalf("%s is a first one, %v", key, err)
		}
		return a
	}
	give("large", make([]byte, 1<<20), start)
	if get("large", start).Body != nil {
		t.Error("a body of 1 MiB is kept")
	}
	give("page", []byte("page"), start)
	if got := get("page", start.Add(50*time.Second)); string(got.Body) != "page" {
		t.Errorf("after 50 s the body is %q", got.Body)
	}
	if got := get("page", start.Add(time.Minute)); got.Body != nil || got.Status != 200 {
		t.Errorf("after a minute it is %+v", got)
	}
	for i := range 33 {
		give(fmt.Sprint(i), []byte("page"), start)
	}
	if get("0", start).Body != nil || get("32", start).Body == nil {
		t.Error("33 bodies are kept")
	}
	if _, first, _ := l.Begin(t.Context(), "page", start.Add(20*time.Minute)); !first {
		t.Error("a request is known after 20 minutes")
	}
}
