package liveview

import (
	"encoding/json"

	"github.com/gin-liveview/liveview/protocol"
)

// templatesChanged and assetsChanged make connection a followingSocket.

func (c *connection) templatesChanged(wrong string) bool {
	channels, _ := c.topicsNow()
	for _, ch := range channels {
		_ = ch.postOwn(message{kind: messageTemplates, info: wrong}) // one that has ended shows nothing
	}
	return len(channels) > 0
}

// eventAssets is a message of our own, to our start script.
const eventAssets = "liveview:assets"

func (c *connection) assetsChanged(names []string) {
	payload, err := json.Marshal(map[string][]string{"names": names})
	if err != nil { // there are only texts in it
		return
	}
	c.conn.Write(protocol.AppendPush(nil, "", protocol.TopicPhoenix, eventAssets, payload))
}
