package liveview

// templatesChanged makes connection a followingSocket.
func (c *connection) templatesChanged(wrong string) bool {
	channels, _ := c.topicsNow()
	for _, ch := range channels {
		_ = ch.postOwn(message{kind: messageTemplates, info: wrong}) // one that has ended shows nothing
	}
	return len(channels) > 0
}
