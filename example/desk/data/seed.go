package data

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"

	"golang.org/x/crypto/bcrypt"
	"gorm.io/gorm"
)

// SeedPassword is that of all users that Seed makes.
const SeedPassword = "desk"

// Seed fills an empty database with users, n tickets and what was said to them, and returns how
// many tickets it has made. Of one n they are always the same, but for the time, which ends now.
func (d *DB) Seed(ctx context.Context, n int) (made int, err error) {
	var users int64
	if err := d.gorm.WithContext(ctx).Model(&User{}).Count(&users).Error; err != nil || users > 0 {
		return 0, err
	}
	hash, err := bcrypt.GenerateFromPassword([]byte(SeedPassword), bcrypt.MinCost) // for a demonstration
	if err != nil {
		return 0, err
	}
	s := seed{random: rand.New(rand.NewPCG(1, 2)), end: Now(), tickets: n} //nolint:gosec // nothing depends on nobody guessing it
	return n, d.gorm.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		s.users(hash)
		if err := insert(tx, "users (id, name, full_name, role, password_hash)", s.rows); err != nil {
			return err
		}
		s.rows = nil
		for i := 1; i <= n; i++ {
			s.ticket(int64(i))
		}
		if err := insert(tx, "tickets (id, subject, body, status, priority, customer_id, assignee_id, created_at, updated_at, solved_at)", s.rows); err != nil {
			return err
		}
		if err := insert(tx, "comments (ticket_id, author_id, body, internal, created_at)", s.comments); err != nil {
			return err
		}
		if err := insert(tx, "entries (ticket_id, actor_id, text, created_at)", s.entries); err != nil {
			return err
		}
		if !d.postgres {
			return tx.Exec("INSERT INTO ticket_words (ticket_words) VALUES ('rebuild')").Error
		}
		for _, table := range []string{"users", "tickets"} { // whose IDs go on from here
			if err := tx.Exec("SELECT setval(pg_get_serial_sequence('" + table + "', 'id'), (SELECT MAX(id) FROM " + table + "))").Error; err != nil {
				return err
			}
		}
		return nil
	})
}

// insert inserts rows, as many at a time as both kinds of database have variables for.
func insert(tx *gorm.DB, into string, rows [][]any) error {
	const each = 500
	for len(rows) > 0 {
		some := rows[:min(each, len(rows))]
		rows = rows[len(some):]
		marks := "(" + strings.TrimSuffix(strings.Repeat("?, ", len(some[0])), ", ") + ")"
		var values []any
		for _, row := range some {
			values = append(values, row...)
		}
		sql := "INSERT INTO " + into + " VALUES " + strings.TrimSuffix(strings.Repeat(marks+", ", len(some)), ", ")
		if err := tx.Exec(sql, values...).Error; err != nil {
			return err
		}
	}
	return nil
}

type seed struct {
	random                  *rand.Rand
	end                     Moment
	tickets                 int
	rows, comments, entries [][]any
	staff, customers        int64
}

var (
	staffNames = []string{"Ann Meyer", "Bob Okafor", "Chen Wei", "Dana Novak", "Emil Lindqvist", "Fatma Yilmaz", "Goran Petrov", "Hana Sato"}
	firstNames = []string{"Iris", "Jonas", "Karim", "Lena", "Mateo", "Nadia", "Oskar", "Priya", "Quentin", "Rosa", "Samir", "Tilda", "Uma", "Viktor", "Wanda", "Xenia", "Yusuf", "Zoe"}
	lastNames  = []string{"Adler", "Bianchi", "Castillo", "Dubois", "Eriksen", "Fischer", "Garcia", "Horvat", "Ivanova", "Jansen", "Kowalski", "Lopez", "Moreau", "Nilsson"}
	things     = []string{"The invoice", "My order", "The label printer", "The export", "The password reset", "The mobile app", "The delivery note", "The calendar", "The webshop", "The newsletter", "The VPN", "The scanner"}
	troubles   = []string{"shows the wrong amount", "never arrives", "stops after a minute", "can't be opened", "is in the wrong language", "asks for a log-in again and again", "has lost its settings", "is very slow since Monday", "prints empty pages", "counts everything twice"}
	details    = []string{"It worked last week.", "I have tried another browser.", "Two colleagues see the same.", "We need it before the end of the month.", "There is no message, it just stops.", "I can send a picture of it.", "It began after the update.", "Restarting didn't help."}
	answers    = []string{"Thank you, we are looking into it.", "Could you tell us the version that you use?", "We could see it here as well. A fix is on its way.", "Please try again now.", "Is it only in the mornings?", "That has helped, thank you!", "It is the same as before, I'm afraid.", "We have changed the setting on our side."}
)

func (s *seed) one(of []string) string { return of[s.random.IntN(len(of))] }

func (s *seed) users(hash []byte) {
	for i, name := range staffNames {
		role := Agent
		if i == 0 {
			role = Admin
		}
		s.user(name, role, hash)
	}
	s.staff = int64(len(s.rows))
	for i := range min(240, max(4, s.tickets/10)) {
		s.user(firstNames[i%len(firstNames)]+" "+lastNames[i/len(firstNames)%len(lastNames)], Customer, hash)
	}
	s.customers = int64(len(s.rows)) - s.staff
}

func (s *seed) user(fullName string, role Role, hash []byte) {
	id := len(s.rows) + 1
	name, _, _ := strings.Cut(strings.ToLower(fullName), " ")
	if id > len(staffNames)+len(firstNames) {
		name = fmt.Sprint(name, id)
	}
	s.rows = append(s.rows, []any{id, name, fullName, role, hash})
}

// ticket makes one. The later a ticket was opened, the likelier it isn't solved yet.
func (s *seed) ticket(id int64) {
	const span = 500 * day
	created := s.end - Moment(int64(s.tickets)-id)*Moment(span/s.tickets) - Moment(s.random.IntN(60_000)) - 1
	customer := s.staff + 1 + s.random.Int64N(s.customers)
	assignee := 1 + s.random.Int64N(s.staff)
	status, solved := StatusSolved, Moment(0)
	if young := id > int64(s.tickets-s.random.IntN(max(60, s.tickets/30))); young || s.random.IntN(400) == 0 {
		status = []Status{StatusNew, StatusOpen, StatusOpen, StatusWaiting, StatusSolved}[s.random.IntN(5)]
	}
	if status == StatusNew {
		assignee = 0
	}
	updated := created
	say := func(author int64, internal bool, text string) {
		updated += Moment(s.random.Int64N(max(1, int64(s.end-updated)/200+1)))
		s.comments = append(s.comments, []any{id, author, text, internal, updated})
	}
	for range s.random.IntN(3) {
		if assignee != 0 {
			say(assignee, s.random.IntN(6) == 0, s.one(answers))
			say(customer, false, s.one(details))
		}
	}
	if status == StatusSolved {
		updated += Moment(s.random.Int64N(max(1, min(int64(s.end-updated), 4*day))))
		solved = updated
		s.entries = append(s.entries, []any{id, assignee, "changed the status from open to solved", solved})
	}
	priority := []Priority{0, 1, 1, 1, 1, 2, 2, 3}[s.random.IntN(8)]
	subject := s.one(things) + " " + s.one(troubles)
	body := fmt.Sprintf("%s. %s %s\n\nThe number on our side is %d.", subject, s.one(details), s.one(details), 100_000+s.random.IntN(900_000))
	s.rows = append(s.rows, []any{id, subject, body, status, priority, customer, assignee, created, updated, solved})
}
