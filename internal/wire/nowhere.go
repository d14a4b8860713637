package wire

import "time"

// Nowhere returns a Conn that leads to no browser: what it is given is dropped.
func Nowhere() Conn { return nowhere{} }

type nowhere struct{}

// Serve and the methods below make nowhere a Conn. None does anything.
func (nowhere) Serve(Receiver)                       {}
func (nowhere) Write([]byte)                         {}
func (nowhere) Close(int, string)                    {}
func (nowhere) Cut()                                 {}
func (nowhere) Settle()                              {}
func (nowhere) Unsettle()                            {}
func (nowhere) Wait(time.Duration, func() bool) bool { return false }
func (nowhere) Open() bool                           { return false }
func (nowhere) Wake()                                {}
func (nowhere) ExpectChunks(int)                     {}
func (nowhere) Transport() string                    { return "" }
