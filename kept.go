package liveview

import (
	"reflect"
	"slices"

	"github.com/gin-gonic/gin"
)

const keptKey = "github.com/gin-liveview/liveview.kept"

// KeepValues has the views of the routes behind it keep some of what middleware puts
// into the Gin context with c.Set, so that [Socket.Value] returns it in all of their
// callbacks:
//
//	admin := r.Group("/admin", loadUser, liveview.KeepValues("role"))
//	liveview.Handle(admin, "/users", usersView{})
//
// It is read when the request has passed all middleware of its route, also that behind
// KeepValues, and again with each patch and each recheck ([Config].Recheck). The values
// live as long as the view, or until they are replaced, so keep small ones, and none
// that the request ends: never c itself, nor the session. It panics if a key is of a
// type that can't be compared.
func KeepValues(keys ...any) gin.HandlerFunc {
	for _, key := range keys {
		if key == nil || !reflect.TypeOf(key).Comparable() {
			misuse("KeepValues(%v): the key can't be one of c.Set", key)
		}
	}
	return func(c *gin.Context) {
		c.Set(keptKey, append(slices.Clip(keptKeys(c)), keys...))
	}
}

// keptKeys returns the keys given to KeepValues so far.
func keptKeys(c *gin.Context) []any {
	v, _ := c.Get(keptKey)
	keys, _ := v.([]any)
	return keys
}

// keptValues returns what a view keeps of c's values, nil for nothing. A key whose
// value isn't set is there as well.
func keptValues(c *gin.Context) map[any]any {
	keys := keptKeys(c)
	if len(keys) == 0 {
		return nil
	}
	values := make(map[any]any, len(keys))
	for _, key := range keys {
		values[key], _ = c.Get(key)
	}
	return values
}
