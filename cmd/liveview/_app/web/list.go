package web

import (
	"net/url"
	"strconv"

	"github.com/gin-gonic/gin"

	"example.com/shop/data"
)

// List is what pages with a table have in common: which rows it shows, as the URL says. Their
// states embed it.
type List struct {
	Query data.Query
	sort  string // the order where the URL names none
}

// listOf reads it from the URL. sort is the order where that names none.
func listOf(c *gin.Context, sort string) List {
	page, _ := strconv.Atoi(c.Query("page")) // 0 is the first one, too
	return List{Query: data.Query{Search: c.Query("q"), Sort: c.DefaultQuery("sort", sort), Page: page}, sort: sort}
}

// Params are those of the URL.
func (l List) Params() url.Values {
	v := url.Values{}
	if l.Query.Search != "" {
		v.Set("q", l.Query.Search)
	}
	if l.Query.Sort != l.sort {
		v.Set("sort", l.Query.Sort)
	}
	if l.Query.Page > 1 {
		v.Set("page", strconv.Itoa(l.Query.Page))
	}
	return v
}

// At is another path with the same list, such as that of a dialog before it.
func (l List) At(path string) string {
	return (&url.URL{Path: path, RawQuery: l.Params().Encode()}).String()
}

// SortOf is the aria-sort of a column.
func (l List) SortOf(column string) string {
	switch l.Query.Sort {
	case column:
		return "ascending"
	case "-" + column:
		return "descending"
	}
	return ""
}

// SortBy is the order that a press on a column's head asks for.
func (l List) SortBy(column string) string {
	if l.Query.Sort == column {
		return "-" + column
	}
	return column
}
