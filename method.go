package liveview

import (
	"net/http"
	"strings"
)

// MethodOverride returns h for which the form of a link or button with data-method is a
// request of that method: a POST that says PUT, PATCH or DELETE in its field _method. Gin
// looks for the route before any middleware, so it goes around the engine:
//
//	http.ListenAndServe(":8080", liveview.MethodOverride(r))
//
// Only bodies of forms without files are read for it.
func MethodOverride(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
		if r.Method == http.MethodPost && strings.EqualFold(strings.TrimSpace(kind), "application/x-www-form-urlencoded") {
			switch method := strings.ToUpper(r.PostFormValue("_method")); method {
			case http.MethodPut, http.MethodPatch, http.MethodDelete:
				r.Method = method
			}
		}
		h.ServeHTTP(w, r)
	})
}
