package data

import (
	"context"
	"slices"

	"gorm.io/gorm"
)

const day = 24 * 60 * 60 * 1000 // in milliseconds

// newQuery has several queries begin with the same conditions.
var newQuery = &gorm.Session{}

// Report are the figures of the dashboard.
type Report struct {
	Unsolved, Unassigned, Urgent int64
	SolvedWeek                   int64 // in the last seven days
	Days                         []DayCount
	Statuses                     []NameCount // of what isn't solved
	Agents                       []NameCount // who has most, of what isn't solved
}

// DayCount is what happened on a day, which begins at a Moment.
type DayCount struct {
	Begin          Moment
	Opened, Solved int64
}

// NameCount is how many tickets something has.
type NameCount struct {
	Name  string
	Count int64
}

// Report counts, for the staff, over so many days.
func (d *DB) Report(ctx context.Context, me User, days int) (r Report, err error) {
	if !me.IsStaff() {
		return r, ErrForbidden
	}
	db := d.gorm.WithContext(ctx).Model(&Ticket{})
	unsolved := d.where(d.gorm.WithContext(ctx).Model(&Ticket{}), me, Filter{})
	today := Now() / day * day
	first := today - Moment(days-1)*day
	r.Days = make([]DayCount, days)
	for i := range r.Days {
		r.Days[i].Begin = first + Moment(i)*day
	}
	type count struct{ Day, Count int64 }
	for _, of := range []struct {
		column string
		set    func(d *DayCount, n int64)
	}{
		{"created_at", func(d *DayCount, n int64) { d.Opened = n }},
		{"solved_at", func(d *DayCount, n int64) { d.Solved = n }},
	} {
		var counts []count
		if err := db.Session(newQuery).Select(of.column+" / ? AS day, COUNT(*) AS count", day).Where(of.column+" >= ?", first).Group("day").Scan(&counts).Error; err != nil {
			return r, err
		}
		for _, c := range counts {
			if i := c.Day - int64(first/day); i >= 0 && i < int64(days) {
				of.set(&r.Days[i], c.Count)
			}
		}
	}
	for _, d := range r.Days[max(0, days-7):] {
		r.SolvedWeek += d.Solved
	}
	if err := unsolved.Session(newQuery).Select("status AS name, COUNT(*) AS count").Group("status").Scan(&r.Statuses).Error; err != nil {
		return r, err
	}
	slices.SortFunc(r.Statuses, func(a, b NameCount) int {
		return slices.Index(Statuses(), Status(a.Name)) - slices.Index(Statuses(), Status(b.Name))
	})
	for _, s := range r.Statuses {
		r.Unsolved += s.Count
	}
	if err := unsolved.Session(newQuery).Where("assignee_id = 0").Count(&r.Unassigned).Error; err != nil {
		return r, err
	}
	if err := unsolved.Session(newQuery).Where("priority = 3").Count(&r.Urgent).Error; err != nil {
		return r, err
	}
	return r, unsolved.Session(newQuery).Select("users.full_name AS name, COUNT(*) AS count").Joins("JOIN users ON users.id = assignee_id").
		Group("users.full_name").Order("count DESC, name").Limit(8).Scan(&r.Agents).Error
}
