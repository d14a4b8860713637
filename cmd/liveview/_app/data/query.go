package data

import (
	"slices"
	"strings"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// PageSize is how many rows a page of a list has.
const PageSize = 20

// Query says which rows of a table are wanted.
type Query struct {
	Search string // what the rows are to have in them; "" for all
	Sort   string // a column, with a minus before it for downwards; "" for the first that there is
	Page   int    // from 1; the last one if there are fewer
}

// Page is a part of a list.
type Page[T any] struct {
	Rows   []T
	Number int   // of the page, from 1
	Found  int64 // on all pages
}

// find returns a page of the rows that have q.Search in one of the columns searched, in the
// order of q.Sort if that is one of sorted.
func find[T any](db *gorm.DB, q Query, searched, sorted []string) (Page[T], error) {
	db = db.Model(new(T))
	if search := plain(q.Search); search != "" {
		like := "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(search) + "%"
		var terms []clause.Expression
		for _, column := range searched {
			terms = append(terms, gorm.Expr(`LOWER(?) LIKE LOWER(?) ESCAPE '\'`, clause.Column{Name: column}, like))
		}
		db = db.Where(clause.Or(terms...))
	}
	db = db.Session(&gorm.Session{}) // for two queries
	p := Page[T]{Number: 1}
	if err := db.Count(&p.Found).Error; err != nil {
		return p, err
	}
	if last := int(p.Found+PageSize-1) / PageSize; q.Page > 1 && last > 0 {
		p.Number = min(q.Page, last)
	}
	column, down := strings.CutPrefix(q.Sort, "-")
	if !slices.Contains(sorted, column) {
		column, down = sorted[0], false
	}
	err := db.Order(clause.OrderByColumn{Column: clause.Column{Name: column}, Desc: down}).Order("id").
		Limit(PageSize).Offset((p.Number - 1) * PageSize).Find(&p.Rows).Error
	return p, err
}

// plain is a text without what is none, and what databases refuse.
func plain(text string) string {
	return strings.ToValidUTF8(strings.ReplaceAll(text, "\x00", ""), "")
}
