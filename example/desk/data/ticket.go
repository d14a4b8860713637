package data

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// Status is how far a ticket is.
type Status string

// The statuses, in the order in which a ticket has them.
const (
	StatusNew     Status = "new"
	StatusOpen    Status = "open"
	StatusWaiting Status = "waiting" // for the customer
	StatusSolved  Status = "solved"
)

// Statuses are all of them.
func Statuses() []Status { return []Status{StatusNew, StatusOpen, StatusWaiting, StatusSolved} }

// Priority is how much a ticket matters.
type Priority int

// Priorities are all of them.
func Priorities() []Priority { return []Priority{0, 1, 2, 3} }

// String is its name.
func (p Priority) String() string {
	return []string{"low", "normal", "high", "urgent"}[min(max(p, 0), 3)]
}

// Ticket is something that a customer wants solved.
type Ticket struct {
	ID         int64    `form:"-"`
	Subject    string   `form:"subject" binding:"required,max=120"`
	Body       string   `form:"body" binding:"required,max=10000"`
	Status     Status   `form:"-"`
	Priority   Priority `form:"priority" binding:"min=0,max=3"`
	CustomerID int64    `form:"-"`
	Customer   User     `form:"-"`
	AssigneeID int64    `form:"-"` // 0 for nobody
	Assignee   User     `form:"-"`
	CreatedAt  Moment   `form:"-" gorm:"autoCreateTime:false"`
	UpdatedAt  Moment   `form:"-" gorm:"autoUpdateTime:false"`
	SolvedAt   Moment   `form:"-"` // 0 while it isn't
}

// Topic is where the ticket's changes are told.
func (t Ticket) Topic() string { return fmt.Sprintf("ticket:%d", t.ID) }

// visible are the tickets that a user may see.
func visible(db *gorm.DB, me User) *gorm.DB {
	db = db.Model(&Ticket{}).Preload("Customer").Preload("Assignee")
	if !me.IsStaff() {
		db = db.Where("customer_id = ?", me.ID)
	}
	return db
}

// Ticket returns a ticket that the user may see, or ErrNotFound.
func (d *DB) Ticket(ctx context.Context, me User, id int64) (t Ticket, err error) {
	return t, notFound(visible(d.gorm.WithContext(ctx), me).First(&t, id).Error)
}

// OpenTicket opens a ticket of the user's own.
func (d *DB) OpenTicket(ctx context.Context, me User, t Ticket) (Ticket, error) {
	now := Now()
	t = Ticket{Subject: plain(t.Subject), Body: plain(t.Body), Priority: t.Priority, Status: StatusNew, CustomerID: me.ID, CreatedAt: now, UpdatedAt: now}
	err := d.change(ctx, me, 0, func(c *change) error {
		if err := c.tx.Omit(clause.Associations).Create(&t).Error; err != nil {
			return err
		}
		c.ticket = t.ID
		c.log("opened the ticket")
		if d.postgres {
			return nil // its index follows by itself
		}
		return c.tx.Exec("INSERT INTO ticket_words (rowid, subject, body) VALUES (?, ?, ?)", t.ID, t.Subject, t.Body).Error
	})
	return t, err
}

// Edit is what is to be other about a ticket; nil leaves something as it is.
type Edit struct {
	Status   *Status
	Priority *Priority
	Assignee *int64
}

// Edit changes a ticket, which the staff may.
func (d *DB) Edit(ctx context.Context, me User, id int64, e Edit) error {
	if !me.IsStaff() {
		return ErrForbidden
	}
	return d.change(ctx, me, id, func(c *change) error {
		t, err := locked(c.tx, me, id)
		if err != nil {
			return err
		}
		if e.Priority != nil && *e.Priority != t.Priority && slices.Contains(Priorities(), *e.Priority) {
			c.log("changed the priority from %s to %s", t.Priority, *e.Priority)
			t.Priority = *e.Priority
		}
		if e.Assignee != nil && *e.Assignee != t.AssigneeID {
			if err := c.assign(&t, *e.Assignee); err != nil {
				return err
			}
		}
		if e.Status != nil {
			c.setStatus(&t, *e.Status)
		}
		if len(c.done) == 0 {
			return nil
		}
		return c.save(&t)
	})
}

// locked returns a ticket that nobody else changes until the transaction ends.
func locked(tx *gorm.DB, me User, id int64) (t Ticket, err error) {
	return t, visible(tx, me).Clauses(clause.Locking{Strength: "UPDATE"}).First(&t, id).Error
}

func (c *change) assign(t *Ticket, id int64) error {
	var to User
	if id != 0 {
		if err := c.tx.First(&to, id).Error; err != nil {
			return err
		}
		if !to.IsStaff() {
			return ErrForbidden
		}
	}
	c.log("assigned the ticket to %s", cmp.Or(to.FullName, "nobody"))
	c.tell(to.ID, "assigned ticket %d to you: %s", t.ID, t.Subject)
	t.AssigneeID = to.ID
	return nil
}

func (c *change) setStatus(t *Ticket, to Status) {
	if to == t.Status || !slices.Contains(Statuses(), to) {
		return
	}
	c.log("changed the status from %s to %s", t.Status, to)
	t.Status, t.SolvedAt = to, 0
	if to == StatusSolved {
		t.SolvedAt = Now()
		c.tell(t.CustomerID, "solved your ticket: %s", t.Subject)
	}
}

// save writes the ticket; its place among the newest changes is another one then.
func (c *change) save(t *Ticket) error {
	t.UpdatedAt = max(Now(), t.UpdatedAt+1)
	return c.tx.Omit(clause.Associations).Save(t).Error
}
