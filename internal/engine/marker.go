package engine

import (
	"bytes"
	"crypto/rand"
	"errors"
	"strconv"
)

// In HTML that components write, a comment stands for a live component: nobody else
// can write it, as it has a word of this process's own in it.
var markStart = []byte("<!--live " + rand.Text() + " ")

const markEnd = "-->"

// AppendMark appends what stands for the live component of that number in HTML that a
// component writes for a [Tree].
func AppendMark(dst []byte, cid int) []byte {
	return append(strconv.AppendInt(append(dst, markStart...), int64(cid), 10), markEnd...)
}

// markedCID returns the number of the live component that a comment stands for, 0 for
// none.
func markedCID(comment []byte) int {
	rest, marked := bytes.CutPrefix(comment, markStart)
	if !marked {
		return 0
	}
	cid, err := strconv.Atoi(string(bytes.TrimSuffix(rest, []byte(markEnd))))
	if err != nil {
		return 0
	}
	return cid
}

// errLostMark is the error for HTML in which a live component stands where none can.
var errLostMark = errors.New("a live component stands where there can't be one: in an attribute, script, style, textarea or the like, or in HTML whose tags don't match")

// countMarks returns how many live components stand in HTML.
func countMarks(html []byte) int { return bytes.Count(html, markStart) }
