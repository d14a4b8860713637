package web

import (
	"example.com/shop/data"
	"example.com/shop/web/ui"
)

// Pages are the pages of a list.
type Pages = ui.Pages

// pagesOf returns the pages of the list that p is one of.
func pagesOf[T any](p data.Page[T]) Pages {
	return Pages{Current: p.Number, Last: max(1, int(p.Found+data.PageSize-1)/data.PageSize)}
}
