package protocol

import (
	"fmt"
	"strconv"
)

// DecodeCIDs decodes the payload of cids_will_destroy and cids_destroyed, the
// components that left the page:
//
//	{"cids":[2,3]}
func (l Limits) DecodeCIDs(payload []byte) ([]int, error) {
	l = l.withDefaults()
	var raw []byte
	err := l.object("payload", payload, func(name, value []byte) error {
		if string(name) == "cids" {
			raw = value
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if raw == nil {
		return nil, fmt.Errorf("%w: cids is missing", ErrMalformed)
	}
	cids := []int{}
	err = l.array("cids", raw, func(value []byte) error {
		cid, err := cidMember(value)
		if err == nil && cid == 0 {
			err = wrongType("cid", "a positive integer")
		}
		cids = append(cids, cid)
		return err
	})
	if err != nil {
		return nil, err
	}
	return cids, nil
}

// AppendCIDs appends {"cids":[…]}, the response to cids_destroyed. The list
// may be empty; the client needs one.
func AppendCIDs(dst []byte, cids []int) []byte {
	dst = append(dst, `{"cids":[`...)
	for i, cid := range cids {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = strconv.AppendInt(dst, int64(cid), 10)
	}
	return append(dst, `]}`...)
}

// cidMember returns the number of a component, or 0 if raw is absent or null.
func cidMember(raw []byte) (int, error) {
	if isNull(raw) {
		return 0, nil
	}
	cid, err := strconv.Atoi(string(raw))
	if err != nil || cid < 1 {
		return 0, wrongType("cid", "a positive integer")
	}
	return cid, nil
}
