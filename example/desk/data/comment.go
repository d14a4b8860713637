package data

import (
	"context"
	"regexp"
	"strings"
)

// Comment is what somebody says to a ticket.
type Comment struct {
	ID          int64  `form:"-"`
	TicketID    int64  `form:"-"`
	AuthorID    int64  `form:"-"`
	Author      User   `form:"-"`
	Body        string `form:"body" binding:"required,max=10000"`
	Internal    bool   `form:"internal"` // for the staff alone
	Attachments []File `form:"-"`
	CreatedAt   Moment `form:"-" gorm:"autoCreateTime:false"`
}

// File is one that came with a comment.
type File struct {
	ID        int64
	CommentID int64
	Name      string
	Type      string // its media type
	Size      int64
	Content   []byte // not in lists
}

// TableName is where they are.
func (File) TableName() string { return "attachments" }

// Piece is a part of a comment's text: words, or a mention.
type Piece struct {
	Text    string
	Mention bool
}

// mention is a name with an @ before it, which isn't in a mail address.
var mention = regexp.MustCompile(`(?:^|[^\pL\pN@.])@([a-z][a-z0-9]*)`)

// Pieces are the parts of the comment's text.
func (c Comment) Pieces() (all []Piece) {
	rest := 0
	for _, at := range mention.FindAllStringSubmatchIndex(c.Body, -1) {
		all = append(all, Piece{Text: c.Body[rest : at[2]-1]}, Piece{Text: c.Body[at[2]-1 : at[3]], Mention: true})
		rest = at[3]
	}
	return append(all, Piece{Text: c.Body[rest:]})
}

// Comments returns what has been said to a ticket that the user may see, the oldest first.
func (d *DB) Comments(ctx context.Context, me User, ticket int64) (all []Comment, err error) {
	if _, err := d.Ticket(ctx, me, ticket); err != nil {
		return nil, err
	}
	db := d.gorm.WithContext(ctx)
	q := db.Preload("Author").Preload("Attachments", db.Omit("content").Order("id")).Where("ticket_id = ?", ticket).Order("id")
	if !me.IsStaff() {
		q = q.Where("NOT internal")
	}
	return all, q.Find(&all).Error
}

// AddComment says something to a ticket. Who is mentioned is told, and whose ticket it is; one
// that is solved or waits for the customer is open again when the customer answers.
func (d *DB) AddComment(ctx context.Context, me User, ticket int64, comment Comment) error {
	comment = Comment{TicketID: ticket, AuthorID: me.ID, Body: strings.TrimSpace(plain(comment.Body)), Internal: comment.Internal && me.IsStaff(), Attachments: comment.Attachments, CreatedAt: Now()}
	for i, f := range comment.Attachments {
		comment.Attachments[i].Name = plain(f.Name)
	}
	return d.change(ctx, me, ticket, func(c *change) error {
		t, err := locked(c.tx, me, ticket)
		if err != nil {
			return err
		}
		if err := c.tx.Omit("Author").Create(&comment).Error; err != nil {
			return err
		}
		if comment.Internal {
			c.log("wrote an internal note")
		} else {
			c.log("commented")
		}
		var names []string
		for _, m := range mention.FindAllStringSubmatch(comment.Body, -1) {
			names = append(names, m[1])
		}
		var mentioned []User
		if err := c.tx.Where("name IN ?", names).Find(&mentioned).Error; err != nil {
			return err
		}
		for _, u := range mentioned {
			if u.IsStaff() || u.ID == t.CustomerID && !comment.Internal {
				c.tell(u.ID, "mentioned you in ticket %d: %s", t.ID, t.Subject)
			}
		}
		if t.Assignee.IsStaff() { // who may have been given another role since
			c.tell(t.AssigneeID, "commented on ticket %d: %s", t.ID, t.Subject)
		}
		if !comment.Internal {
			c.tell(t.CustomerID, "answered your ticket: %s", t.Subject)
		}
		if me.ID == t.CustomerID && (t.Status == StatusWaiting || t.Status == StatusSolved) {
			c.setStatus(&t, StatusOpen)
		}
		return c.save(&t)
	})
}

// File returns a file of a comment that the user may see, or ErrNotFound.
func (d *DB) File(ctx context.Context, me User, id int64) (f File, err error) {
	if err := d.gorm.WithContext(ctx).First(&f, id).Error; err != nil {
		return f, notFound(err)
	}
	var c Comment
	if err := d.gorm.WithContext(ctx).First(&c, f.CommentID).Error; err != nil {
		return File{}, notFound(err)
	}
	if c.Internal && !me.IsStaff() {
		return File{}, ErrNotFound
	}
	if _, err := d.Ticket(ctx, me, c.TicketID); err != nil {
		return File{}, err
	}
	return f, nil
}
