package data

import (
	"context"
	"crypto/rand"
	"errors"
	"time"

	"golang.org/x/crypto/bcrypt"
	"gorm.io/gorm"
)

// User is somebody who may log in.
type User struct {
	ID           int64
	Name         string
	PasswordHash []byte
	Logins       int // what a session must say to be good: raised to end them all
	CreatedAt    time.Time
}

// Users are all of them.
type Users struct{ db *gorm.DB }

// Users returns the table of users.
func (d *DB) Users() Users { return Users{d.gorm} }

// SetPassword gives a user a new password, which it returns, and ends all of the user's
// sessions. A user who isn't there yet is made.
func (u Users) SetPassword(ctx context.Context, name string) (password string, err error) {
	password = rand.Text()
	hash, err := bcrypt.GenerateFromPassword([]byte(password), bcrypt.DefaultCost)
	if err != nil {
		return "", err
	}
	err = u.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		var user User
		if err := tx.Where("name = ?", name).Attrs(User{Name: name}).FirstOrInit(&user).Error; err != nil {
			return err
		}
		user.PasswordHash = hash
		user.Logins++
		return tx.Save(&user).Error
	})
	return password, err
}

// Find returns a user, or ErrNotFound.
func (u Users) Find(ctx context.Context, id int64) (User, error) {
	var user User
	err := u.db.WithContext(ctx).First(&user, id).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		err = ErrNotFound
	}
	return user, err
}

// Check returns the user of that name if the password is theirs, and ErrNotFound otherwise. A
// name that isn't there takes as long as one that is.
func (u Users) Check(ctx context.Context, name, password string) (User, error) {
	var user User
	err := gorm.ErrRecordNotFound
	if name == plain(name) { // nobody has another, and what it stands for were another one to the limit of attempts
		err = u.db.WithContext(ctx).Where("name = ?", name).First(&user).Error
	}
	switch {
	case errors.Is(err, gorm.ErrRecordNotFound):
		user = User{PasswordHash: nobodysHash}
	case err != nil:
		return User{}, err
	}
	if bcrypt.CompareHashAndPassword(user.PasswordHash, []byte(password)) != nil || user.ID == 0 {
		return User{}, ErrNotFound
	}
	return user, nil
}

// nobodysHash is that of a password which nobody knows, of the same cost as all others.
var nobodysHash = []byte("$2a$10$6mZix6EO7qoclv4AzV9e.ueSVXo45SBIwRyxvT37RTWj4w8ZYAlv.")
