package data

import (
	"cmp"
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"gorm.io/gorm"
)

var escapeLike = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

// Filter says which tickets are wanted, as a URL does. What it doesn't know is left out.
type Filter struct {
	Search   string // words that begin so in subject or body, or a ticket's number
	Status   string // a Status, "all", or "" for those that aren't solved
	Priority string // as Priority prints it; "" for all
	Assignee string // a name, "me", "nobody", or "" for all
	Sort     string // "newest", "oldest", or "" for what was changed last
}

// FilterOf reads it from a URL's query.
func FilterOf(q url.Values) Filter {
	return Filter{Search: q.Get("q"), Status: q.Get("status"), Priority: q.Get("priority"), Assignee: plain(q.Get("assignee")), Sort: q.Get("sort")}
}

// plain is a text without what PostgreSQL takes in no text: NUL, and bytes that aren't UTF-8.
func plain(text string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(text, ""), "\x00", "")
}

// Query is the filter as a URL's query.
func (f Filter) Query() url.Values {
	q := url.Values{}
	for name, value := range map[string]string{"q": f.Search, "status": f.Status, "priority": f.Priority, "assignee": f.Assignee, "sort": f.Sort} {
		if value != "" {
			q.Set(name, value)
		}
	}
	return q
}

// words are what is searched for.
func (f Filter) words() []string {
	return strings.FieldsFunc(f.Search, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

// where narrows the tickets down.
func (d *DB) where(q *gorm.DB, me User, f Filter) *gorm.DB {
	switch status := Status(f.Status); {
	case slices.Contains(Statuses(), status):
		q = q.Where("status = ?", status)
	case status != "all":
		q = q.Where("status IN ?", []Status{StatusNew, StatusOpen, StatusWaiting})
	}
	for _, p := range Priorities() {
		if f.Priority == p.String() {
			q = q.Where("priority = ?", p)
		}
	}
	switch f.Assignee {
	case "":
	case "me":
		q = q.Where("assignee_id = ?", me.ID)
	case "nobody":
		q = q.Where("assignee_id = 0")
	default:
		q = q.Where("assignee_id = (SELECT id FROM users WHERE name = ?)", f.Assignee)
	}
	words := f.words()
	if len(words) == 0 {
		return q
	}
	if id, err := strconv.ParseInt(words[0], 10, 64); err == nil && len(words) == 1 {
		return q.Where("id = ?", id)
	}
	if d.postgres {
		return q.Where("to_tsvector('simple', subject || ' ' || body) @@ to_tsquery('simple', ?)", strings.Join(words, ":* & ")+":*")
	}
	return q.Where("id IN (SELECT rowid FROM ticket_words WHERE ticket_words MATCH ?)", `"`+strings.Join(words, `"* "`)+`"*`)
}

// order is how the tickets are sorted: by a column, the highest first if down.
func (f Filter) order() (column string, down bool) {
	switch f.Sort {
	case "newest":
		return "created_at", true
	case "oldest":
		return "created_at", false
	}
	return "updated_at", true
}

// Key is where a ticket stands in the order of the filter.
func (f Filter) Key(t Ticket) Moment {
	if column, _ := f.order(); column == "created_at" {
		return t.CreatedAt
	}
	return t.UpdatedAt
}

// Compare tells which of two tickets stands before the other.
func (f Filter) Compare(a, b Ticket) int {
	order := cmp.Or(cmp.Compare(f.Key(a), f.Key(b)), cmp.Compare(a.ID, b.ID))
	if _, down := f.order(); down {
		return -order
	}
	return order
}

// Tickets returns up to n tickets in the order of the filter: the first ones, or those next
// to a ticket, behind it or, if back, before it.
func (d *DB) Tickets(ctx context.Context, me User, f Filter, next *Ticket, back bool, n int) (list []Ticket, err error) {
	column, down := f.order()
	sign, direction := ">", ""
	if down != back {
		sign, direction = "<", " DESC"
	}
	q := d.where(visible(d.gorm.WithContext(ctx), me), me, f).Order(column + direction + ", id" + direction).Limit(n)
	if next != nil {
		q = q.Where("("+column+", id) "+sign+" (?, ?)", f.Key(*next), next.ID)
	}
	err = q.Find(&list).Error
	if back {
		slices.Reverse(list)
	}
	return list, err
}

// Count counts the tickets of a filter.
func (d *DB) Count(ctx context.Context, me User, f Filter) (n int64, err error) {
	return n, d.where(visible(d.gorm.WithContext(ctx), me), me, f).Count(&n).Error
}

// Matching returns a ticket if it is one of the filter's, and else ErrNotFound.
func (d *DB) Matching(ctx context.Context, me User, f Filter, id int64) (t Ticket, err error) {
	return t, notFound(d.where(visible(d.gorm.WithContext(ctx), me), me, f).First(&t, id).Error)
}

// SavedView is a filter that a user has given a name.
type SavedView struct {
	ID     int64
	UserID int64
	Name   string
	Query  string // of the URL
}

// SavedViews are those of a user, by name.
func (d *DB) SavedViews(ctx context.Context, me User) (all []SavedView, err error) {
	return all, d.gorm.WithContext(ctx).Where("user_id = ?", me.ID).Order("name").Find(&all).Error
}

// MaxViews is how many a user may have.
const MaxViews = 50

// SaveView keeps a filter by a name, in place of the one that has it. It returns ErrFull where
// there are MaxViews others.
func (d *DB) SaveView(ctx context.Context, me User, name string, f Filter) error {
	name = plain(name)
	return d.gorm.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		if err := tx.Where("user_id = ? AND name = ?", me.ID, name).Delete(&SavedView{}).Error; err != nil {
			return err
		}
		var others int64
		if err := tx.Model(&SavedView{}).Where("user_id = ?", me.ID).Count(&others).Error; err != nil {
			return err
		}
		if others >= MaxViews {
			return ErrFull
		}
		return tx.Create(&SavedView{UserID: me.ID, Name: name, Query: f.Query().Encode()}).Error
	})
}

// DeleteView deletes one of a user's.
func (d *DB) DeleteView(ctx context.Context, me User, id int64) error {
	return d.gorm.WithContext(ctx).Where("user_id = ? AND id = ?", me.ID, id).Delete(&SavedView{}).Error
}
