package liveview

import (
	"fmt"

	"github.com/gin-gonic/gin"
)

const userKey = "github.com/gin-liveview/liveview.user"

// maxIdentity is the longest id of a user, in bytes; it is signed into each of
// the user's pages.
const maxIdentity = 255

// Identify says who the user of a request is. The application's own
// authentication middleware calls it, with whatever tells users apart (the
// primary key, as text, of 1 to 255 bytes), once it knows that the user is
// logged in:
//
//	liveview.Identify(c, user.ID)
//
// Pages are then bound to that user: one that was rendered for a user is joined
// by this user or loaded anew, and [App.Disconnect] finds it. Call it for those who
// are logged in only: a request with an id of another length is answered with status
// 500, logged, and goes no further, as its page would be nobody's.
func Identify(c *gin.Context, user string) {
	if user == "" || len(user) > maxIdentity {
		answerMisuse(c, fmt.Errorf("liveview: Identify wants an id of 1 to %d bytes, not %d; call it for those who are logged in only, "+
			"and with the user's primary key", maxIdentity, len(user)))
		return
	}
	c.Set(userKey, user)
	if p := peerOf(c.Request.Context()); p != nil {
		p.addUser(user)
	}
}

func userOf(c *gin.Context) string { return c.GetString(userKey) }
