package liveview

import (
	"slices"

	"github.com/gin-liveview/liveview/protocol"
)

// joinUpload opens the topic of a file that a view of this socket has granted. The
// view itself needn't be asked, so a busy one doesn't hold up its uploads. It
// reports whether the topic is open.
func (c *connection) joinUpload(f protocol.Frame) bool {
	j, err := c.decode.DecodeUploadJoin(f.Payload)
	token := uploadToken{}
	if err == nil {
		token, err = verifyUpload(c.signer, j.Token)
	}
	refusal := protocol.ReasonInvalidToken
	if err == nil && c.browser != "" && token.browser == c.browser {
		refusal = c.joinGranted(f, token)
	}
	if refusal != "" {
		c.reply(f, false, protocol.AppendReason(nil, refusal))
	}
	return refusal == ""
}

// joinGranted has the client join the transfer that token was given for, or says
// why not.
func (c *connection) joinGranted(f protocol.Frame, token uploadToken) (refusal string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var granted *transfer
	for _, t := range c.besides().transfers {
		switch {
		case t.nonce == token.nonce && t.topic == f.Topic:
			granted = t
		case t.topic == f.Topic && t.isJoined():
			return protocol.ReasonAlreadyRegistered
		}
	}
	if granted == nil || f.JoinRef == "" {
		return protocol.ReasonDisallowed
	}
	return granted.join(f.JoinRef, f.Ref)
}

// transferOf finds the transfer that the client has joined and f is for, nil for
// none.
func (c *connection) transferOf(f protocol.Frame) *transfer {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, t := range c.besides().transfers {
		if t.isOf(f) {
			return t
		}
	}
	return nil
}

// addTransfer and dropTransfer make connection the topics of its transfers.

func (c *connection) addTransfer(t *transfer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	also := c.putBeside()
	also.transfers = append(also.transfers, t)
	if c.stillEnding > 0 {
		c.stillEnding++ // a view works off what it was sent before
	}
}

func (c *connection) dropTransfer(t *transfer) (joined bool) {
	c.mu.Lock()
	i := slices.Index(c.besides().transfers, t)
	if i >= 0 {
		c.beside.transfers = slices.Delete(c.beside.transfers, i, i+1)
	}
	isEnding := i >= 0 && c.stillEnding > 0
	c.mu.Unlock()
	if isEnding {
		c.oneEnded()
	}
	return i >= 0 && t.isJoined()
}
