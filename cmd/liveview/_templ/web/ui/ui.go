// Package ui has what pages are made of: fields, tables, dialogs. It is yours to change.
package ui

import (
	"strings"

	"github.com/gin-liveview/liveview"
)

// describe returns the aria-describedby of a field: the ids of its hint and of its error,
// where there are such; nil where there is neither, so that there is no such attribute.
func describe(f liveview.Field, hint string) any {
	var ids []string
	if hint != "" {
		ids = append(ids, f.ID+"-hint")
	}
	if f.Error != "" {
		ids = append(ids, f.ErrorID)
	}
	if ids == nil {
		return nil
	}
	return strings.Join(ids, " ")
}

// isImage reports whether a file of this type can be shown as a picture.
func isImage(contentType string) bool { return strings.HasPrefix(contentType, "image/") }

// Option is one of those that Radios and Checkboxes offer.
type Option struct{ Value, Label string }
