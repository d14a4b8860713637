package data

import (
	"context"
	"errors"
	"fmt"

	"gorm.io/gorm"

	"github.com/gin-liveview/liveview/pubsub"
)

// TicketsTopic is told of each ticket that is opened or changed.
const TicketsTopic = "tickets"

// Changed is what it is told, and the ticket's own topic too. Whoever shows the ticket reads it
// again, with their own rights.
type Changed struct{ Ticket int64 }

// Noticed is told to a user who has a new notice, or has seen some.
type Noticed struct {
	Ticket int64 // of the new one, 0 for none
	Text   string
}

// What travels from node to node.
func init() {
	pubsub.Register[Changed]("desk.Changed")
	pubsub.Register[Noticed]("desk.Noticed")
}

// Entry is a line of the audit log: somebody has done something. Lines are never changed.
type Entry struct {
	ID        int64
	TicketID  int64 // 0 for what is about no ticket
	ActorID   int64
	Actor     User
	Text      string
	CreatedAt Moment
}

// Notice tells a user of what others have done.
type Notice struct {
	ID        int64
	UserID    int64
	TicketID  int64
	Ticket    Ticket
	Text      string
	Seen      bool
	CreatedAt Moment
}

// change is one that a user makes, within a transaction: what was done, and who is told.
type change struct {
	tx     *gorm.DB
	me     User
	ticket int64
	done   []string
	told   map[int64]string // the notices, by user
}

// change makes a change to a ticket, or to something else if ticket is 0, and tells of it.
func (d *DB) change(ctx context.Context, me User, ticket int64, make func(c *change) error) error {
	c := &change{me: me, ticket: ticket, told: map[int64]string{}}
	err := d.gorm.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		c.tx = tx
		if err := make(c); err != nil {
			return err
		}
		now := Now()
		for _, text := range c.done {
			if err := tx.Create(&Entry{TicketID: c.ticket, ActorID: me.ID, Text: text, CreatedAt: now}).Error; err != nil {
				return err
			}
		}
		for user, text := range c.told {
			if err := tx.Create(&Notice{UserID: user, TicketID: c.ticket, Text: text, CreatedAt: now}).Error; err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil || len(c.done) == 0 {
		return notFound(err)
	}
	// What is written stays, also where a broker is away: nodes then read again what they missed.
	var told []error
	if c.ticket != 0 {
		told = append(told, d.publish(TicketsTopic, Changed{c.ticket}), d.publish(Ticket{ID: c.ticket}.Topic(), Changed{c.ticket}))
	}
	for user, text := range c.told {
		told = append(told, d.publish(userTopic(user), Noticed{c.ticket, text}))
	}
	if err := errors.Join(told...); err != nil && !errors.Is(err, pubsub.ErrUnavailable) {
		return err
	}
	return nil
}

// log writes a line into the audit log.
func (c *change) log(format string, args ...any) {
	c.done = append(c.done, fmt.Sprintf(format, args...))
}

// tell gives a user a notice. Nobody is told of what they do themselves, nor twice of one change.
func (c *change) tell(user int64, format string, args ...any) {
	if user != 0 && user != c.me.ID && c.told[user] == "" {
		c.told[user] = c.me.FullName + " " + fmt.Sprintf(format, args...)
	}
}

// Entries returns up to n lines of the audit log, the newest first: those of a ticket, or of
// everything for admins if ticket is 0. before is the ID of the one that they come before, 0
// for the newest.
func (d *DB) Entries(ctx context.Context, me User, ticket, before int64, n int) (all []Entry, err error) {
	if !me.IsStaff() || ticket == 0 && !me.IsAdmin() {
		return nil, ErrForbidden
	}
	q := d.gorm.WithContext(ctx).Preload("Actor").Order("id DESC").Limit(n)
	if ticket != 0 {
		q = q.Where("ticket_id = ?", ticket)
	}
	if before != 0 {
		q = q.Where("id < ?", before)
	}
	return all, q.Find(&all).Error
}

// Notices returns the newest n notices of a user.
func (d *DB) Notices(ctx context.Context, me User, n int) (all []Notice, err error) {
	return all, d.gorm.WithContext(ctx).Preload("Ticket").Where("user_id = ?", me.ID).Order("id DESC").Limit(n).Find(&all).Error
}

// Unseen counts the notices that a user hasn't seen.
func (d *DB) Unseen(ctx context.Context, me User) (n int64, err error) {
	return n, d.gorm.WithContext(ctx).Model(&Notice{}).Where("user_id = ? AND NOT seen", me.ID).Count(&n).Error
}

// See notes that a user has seen the notices about a ticket, or all of them if ticket is 0.
func (d *DB) See(ctx context.Context, me User, ticket int64) error {
	q := d.gorm.WithContext(ctx).Model(&Notice{}).Where("user_id = ? AND NOT seen", me.ID)
	if ticket != 0 {
		q = q.Where("ticket_id = ?", ticket)
	}
	if q = q.Update("seen", true); q.Error != nil || q.RowsAffected == 0 {
		return q.Error
	}
	return d.publish(me.Topic(), Noticed{})
}
