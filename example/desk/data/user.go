package data

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/crypto/bcrypt"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// Role is what a user may do.
type Role string

// The roles there are.
const (
	Customer Role = "customer" // sees their own tickets, and no internal notes
	Agent    Role = "agent"    // works on all tickets
	Admin    Role = "admin"    // an agent who gives roles and reads the audit log
)

// Roles are all of them.
func Roles() []Role { return []Role{Customer, Agent, Admin} }

// User is somebody who may log in.
type User struct {
	ID           int64
	Name         string // for the log-in and for @mentions: small letters and digits
	FullName     string
	Role         Role
	PasswordHash []byte
}

// IsStaff reports whether the user is no customer.
func (u User) IsStaff() bool { return u.Role == Agent || u.Role == Admin }

// IsAdmin reports whether the user gives roles.
func (u User) IsAdmin() bool { return u.Role == Admin }

// Topic is where a user is told of notices.
func (u User) Topic() string { return userTopic(u.ID) }

func userTopic(id int64) string { return fmt.Sprintf("user:%d", id) }

// User returns a user, or ErrNotFound.
func (d *DB) User(ctx context.Context, id int64) (u User, err error) {
	return u, notFound(d.gorm.WithContext(ctx).First(&u, id).Error)
}

// Check returns the user of that name if the password is theirs, and ErrNotFound otherwise. A
// name that isn't there takes as long as one that is.
func (d *DB) Check(ctx context.Context, name, password string) (User, error) {
	var u User
	err := gorm.ErrRecordNotFound
	if name == plain(name) {
		err = d.gorm.WithContext(ctx).Where("name = ?", name).First(&u).Error
	}
	switch {
	case errors.Is(err, gorm.ErrRecordNotFound):
		if err := d.gorm.WithContext(ctx).Order("id").Limit(1).Find(&u).Error; err != nil { // for a hash of the same cost
			return User{}, err
		}
		u.ID = 0
	case err != nil:
		return User{}, err
	}
	if bcrypt.CompareHashAndPassword(u.PasswordHash, []byte(password)) != nil || u.ID == 0 {
		return User{}, ErrNotFound
	}
	return u, nil
}

// Staff returns all agents and admins, by name.
func (d *DB) Staff(ctx context.Context) (all []User, err error) {
	return all, d.gorm.WithContext(ctx).Where("role IN ?", []Role{Agent, Admin}).Order("name").Find(&all).Error
}

// People returns up to n users whose name has the text in it, the staff first.
func (d *DB) People(ctx context.Context, text string, n int) (all []User, err error) {
	like := "%" + escapeLike.Replace(plain(text)) + "%"
	return all, d.gorm.WithContext(ctx).Where(`LOWER(name) LIKE LOWER(?) ESCAPE '\' OR LOWER(full_name) LIKE LOWER(?) ESCAPE '\'`, like, like).
		Order("CASE role WHEN 'admin' THEN 0 WHEN 'agent' THEN 1 ELSE 2 END, name").Limit(n).Find(&all).Error
}

// SetRole gives a user another role. Admins may, and not to themselves, so that one is left.
// Who has lost that role since me was read may not any more.
func (d *DB) SetRole(ctx context.Context, me User, id int64, role Role) error {
	if !me.IsAdmin() || me.ID == id || !slices.Contains(Roles(), role) {
		return ErrForbidden
	}
	return d.change(ctx, me, 0, func(c *change) error {
		var admins []User
		if err := c.tx.Clauses(clause.Locking{Strength: "UPDATE"}).Where("role = ?", Admin).Order("id").Find(&admins).Error; err != nil {
			return err
		}
		if !slices.ContainsFunc(admins, func(u User) bool { return u.ID == me.ID }) {
			return ErrForbidden
		}
		var u User
		if err := c.tx.First(&u, id).Error; err != nil {
			return err
		}
		if u.Role == role {
			return nil
		}
		c.log("made %s, who was %s, %s", u.FullName, article(u.Role), article(role))
		return c.tx.Model(&u).Update("role", role).Error
	})
}

func article(r Role) string {
	if r == Customer {
		return "a customer"
	}
	return "an " + string(r)
}
