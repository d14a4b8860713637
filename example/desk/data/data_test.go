package data_test

import (
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gin-liveview/liveview/example/desk/data"
)

// open returns a database of n tickets, and what is told of its changes. With POSTGRES in the
// environment, the URL of a server that makes databases, it is one of PostgreSQL.
func open(t testing.TB, n int) (*data.DB, *[]string) {
	t.Helper()
	var told []string
	at := filepath.Join(t.TempDir(), "desk.db")
	if server := os.Getenv("POSTGRES"); server != "" {
		at = newPostgres(t, server)
	}
	db, err := data.Open(t.Context(), at, func(topic string, _ any) error {
		told = append(told, topic)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	if _, err := db.Seed(t.Context(), n); err != nil {
		t.Fatal(err)
	}
	return db, &told
}

// newPostgres makes a database in a server.
func newPostgres(t testing.TB, server string) string {
	t.Helper()
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	admin, err := sql.Open("pgx", server)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = admin.Close() }()
	name := "desk_" + strings.ToLower(rand.Text())
	if _, err := admin.ExecContext(t.Context(), "CREATE DATABASE "+name); err != nil {
		t.Fatal(err)
	}
	u.Path = "/" + name
	return u.String()
}

// user returns the one of that name.
func user(t testing.TB, db *data.DB, name string) data.User {
	t.Helper()
	u, err := db.Check(t.Context(), name, data.SeedPassword)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return u
}

// From ticket to ticket a list goes on without a gap, in each order, both ways.
func TestTicketsGoOn(t *testing.T) {
	db, _ := open(t, 300)
	ann := user(t, db, "ann")
	for _, f := range []data.Filter{{Status: "all"}, {Status: "all", Sort: "newest"}, {Status: "all", Sort: "oldest"}, {Status: "solved", Search: "invoice"}, {Status: "all", Assignee: "me"}, {Status: "all", Assignee: "bob", Priority: "normal"}} {
		all, err := db.Tickets(t.Context(), ann, f, nil, false, 1000)
		if err != nil {
			t.Fatal(err)
		}
		if n, err := db.Count(t.Context(), ann, f); err != nil || n != int64(len(all)) || n < 2 {
			t.Errorf("%+v: %d are counted of %d: %v", f, n, len(all), err)
		}
		if !slices.IsSortedFunc(all, f.Compare) {
			t.Errorf("%+v: the tickets aren't in their order", f)
		}
		middle := len(all) / 2
		behind, err := db.Tickets(t.Context(), ann, f, &all[middle], false, 1000)
		if err != nil {
			t.Fatal(err)
		}
		before, err := db.Tickets(t.Context(), ann, f, &all[middle], true, 2)
		if err != nil {
			t.Fatal(err)
		}
		if len(behind) != len(all)-middle-1 || middle > 1 && (len(before) != 2 || before[1].ID != all[middle-1].ID) {
			t.Errorf("%+v: behind the %dth of %d are %d, before it %d", f, middle, len(all), len(behind), len(before))
		}
	}
}

// Customers see their own tickets and no internal notes, and change nothing but by what they say.
func TestRights(t *testing.T) {
	db, told := open(t, 300)
	ann, bob, iris := user(t, db, "ann"), user(t, db, "bob"), user(t, db, "iris")
	mine, err := db.OpenTicket(t.Context(), iris, data.Ticket{Subject: "No tea", Body: "The kitchen has none."})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Matching(t.Context(), bob, data.Filter{Search: "kitch"}, mine.ID); err != nil {
		t.Errorf("what is new isn't found: %v", err)
	}
	jonas := user(t, db, "jonas")
	if _, err := db.Ticket(t.Context(), jonas, mine.ID); !errors.Is(err, data.ErrNotFound) {
		t.Errorf("another customer sees it: %v", err)
	}
	solved := data.StatusSolved
	if err := db.Edit(t.Context(), iris, mine.ID, data.Edit{Status: &solved}); !errors.Is(err, data.ErrForbidden) {
		t.Errorf("a customer changes the status: %v", err)
	}
	if err := db.SetRole(t.Context(), bob, bob.ID, data.Admin); !errors.Is(err, data.ErrForbidden) {
		t.Errorf("an agent makes himself an admin: %v", err)
	}
	*told = nil
	note := data.Comment{Body: "@ann, @iris: buy some, mail@bob.example isn't meant", Internal: true, Attachments: []data.File{{Name: "tea.txt", Type: "text/plain", Content: []byte("tea")}}}
	if err := db.AddComment(t.Context(), bob, mine.ID, note); err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(*told, ann.Topic()) || slices.Contains(*told, iris.Topic()) || slices.Contains(*told, bob.Topic()) {
		t.Errorf("told are %v", *told)
	}
	comments, err := db.Comments(t.Context(), bob, mine.ID)
	if err != nil || len(comments) != 1 || len(comments[0].Attachments) != 1 {
		t.Fatalf("the comments are %+v: %v", comments, err)
	}
	if theirs, err := db.Comments(t.Context(), iris, mine.ID); err != nil || len(theirs) != 0 {
		t.Errorf("a customer sees %+v: %v", theirs, err)
	}
	file := comments[0].Attachments[0].ID
	if _, err := db.File(t.Context(), iris, file); !errors.Is(err, data.ErrNotFound) {
		t.Errorf("a customer gets the file of an internal note: %v", err)
	}
	if f, err := db.File(t.Context(), ann, file); err != nil || string(f.Content) != "tea" {
		t.Errorf("the file is %+v: %v", f, err)
	}

	// A ticket that is solved is open again when its customer answers.
	if err := db.Edit(t.Context(), bob, mine.ID, data.Edit{Status: &solved, Assignee: &ann.ID}); err != nil {
		t.Fatal(err)
	}
	if err := db.AddComment(t.Context(), iris, mine.ID, data.Comment{Body: "Still none", Internal: true}); err != nil {
		t.Fatal(err)
	}
	if got, err := db.Ticket(t.Context(), ann, mine.ID); err != nil || got.Status != data.StatusOpen || got.Assignee.Name != "ann" {
		t.Errorf("the ticket is %+v: %v", got, err)
	}
	entries, err := db.Entries(t.Context(), ann, mine.ID, 0, 50)
	if err != nil || len(entries) != 6 || entries[0].Text != "changed the status from solved to open" {
		t.Errorf("the log is %+v: %v", entries, err)
	}
	if n, err := db.Unseen(t.Context(), ann); err != nil || n != 3 {
		t.Errorf("%d notices, want 3 of mention, assignment and answer: %v", n, err)
	}
	if err := db.See(t.Context(), ann, mine.ID); err != nil {
		t.Error(err)
	}
	if n, err := db.Unseen(t.Context(), ann); err != nil || n != 0 {
		t.Errorf("%d are unseen: %v", n, err)
	}
	if r, err := db.Report(t.Context(), ann, 30); err != nil || r.Unsolved == 0 || r.Days[29].Opened == 0 || len(r.Agents) == 0 {
		t.Errorf("the report is %+v: %v", r, err)
	}
}

func TestPieces(t *testing.T) {
	for text, want := range map[string][]data.Piece{
		"see @ann.":     {{Text: "see "}, {Text: "@ann", Mention: true}, {Text: "."}},
		"@ann@bob a@b":  {{}, {Text: "@ann", Mention: true}, {Text: "@bob a@b"}},
		"nobody at all": {{Text: "nobody at all"}},
	} {
		if got := (data.Comment{Body: text}).Pieces(); !slices.Equal(got, want) {
			t.Errorf("%q has the pieces %+v, want %+v", text, got, want)
		}
	}
}

// What the list costs over 100,000 tickets.
func BenchmarkTickets(b *testing.B) {
	db, _ := open(b, 100_000)
	ann := user(b, db, "ann")
	for name, f := range map[string]data.Filter{"unsolved": {}, "all": {Status: "all"}, "mine": {Assignee: "me"}, "rare": {Status: "all", Search: "123"}, "word": {Status: "all", Search: "invoice amount"}} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := db.Tickets(b.Context(), ann, f, nil, false, 50); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(name+" counted", func(b *testing.B) {
			for b.Loop() {
				if _, err := db.Count(b.Context(), ann, f); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("report", func(b *testing.B) {
		for b.Loop() {
			if _, err := db.Report(b.Context(), ann, 30); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// Who isn't of the staff any more hears nothing of tickets that were theirs to work on.
func TestDemoted(t *testing.T) {
	db, told := open(t, 30)
	ann, bob, iris := user(t, db, "ann"), user(t, db, "bob"), user(t, db, "iris")
	ticket, err := db.OpenTicket(t.Context(), iris, data.Ticket{Subject: "The safe", Body: "Its number is 4711."})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Edit(t.Context(), ann, ticket.ID, data.Edit{Assignee: &bob.ID}); err != nil {
		t.Fatal(err)
	}
	for _, role := range []data.Role{data.Customer, data.Agent} {
		if err := db.SetRole(t.Context(), ann, bob.ID, role); err != nil {
			t.Fatal(err)
		}
		*told = nil
		if err := db.AddComment(t.Context(), ann, ticket.ID, data.Comment{Body: "Done", Internal: true}); err != nil {
			t.Fatal(err)
		}
		if got, want := slices.Contains(*told, bob.Topic()), role == data.Agent; got != want {
			t.Errorf("as %s the one to whom it is assigned is told: %t", role, got)
		}
	}
}

// Two admins who take each other's role leave one: the second isn't one any more, whatever the
// page took him for that he asked by.
func TestAnAdminStays(t *testing.T) {
	db, _ := open(t, 30)
	ann, bob := user(t, db, "ann"), user(t, db, "bob")
	if err := db.SetRole(t.Context(), ann, bob.ID, data.Admin); err != nil {
		t.Fatal(err)
	}
	bob = user(t, db, "bob")
	errs := make(chan error)
	go func() { errs <- db.SetRole(t.Context(), ann, bob.ID, data.Agent) }()
	go func() { errs <- db.SetRole(t.Context(), bob, ann.ID, data.Agent) }()
	refused := 0
	for range 2 {
		switch err := <-errs; {
		case errors.Is(err, data.ErrForbidden):
			refused++
		case err != nil:
			t.Fatal(err)
		}
	}
	if one, other := user(t, db, "ann").IsAdmin(), user(t, db, "bob").IsAdmin(); refused != 1 || one == other {
		t.Errorf("%d are refused; ann is an admin: %t, bob: %t", refused, one, other)
	}
}

// A user has so many views, any of which can be saved anew.
func TestMaxViews(t *testing.T) {
	db, _ := open(t, 30)
	ann := user(t, db, "ann")
	for i := range data.MaxViews {
		if err := db.SaveView(t.Context(), ann, fmt.Sprint("view ", i), data.Filter{}); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.SaveView(t.Context(), ann, "view 3", data.Filter{Search: "safe"}); err != nil {
		t.Errorf("one of them is saved anew: %v", err)
	}
	if err := db.SaveView(t.Context(), ann, "one more", data.Filter{}); !errors.Is(err, data.ErrFull) {
		t.Errorf("one more: %v", err)
	}
	views, err := db.SavedViews(t.Context(), ann)
	if err != nil || len(views) != data.MaxViews {
		t.Errorf("%d views, %v", len(views), err)
	}
}

// A name that is nobody's takes as long to refuse as one that is somebody's.
func TestCostOfPasswords(t *testing.T) {
	db, _ := open(t, 30)
	took := func(name string) time.Duration {
		least := time.Hour
		for range 5 {
			begin := time.Now()
			if _, err := db.Check(t.Context(), name, "wrong"); !errors.Is(err, data.ErrNotFound) {
				t.Fatal(err)
			}
			least = min(least, time.Since(begin))
		}
		return least
	}
	if known, unknown := took("ann"), took("nobody"); unknown > 10*known || known > 10*unknown {
		t.Errorf("a name that is known is refused in %v, one that isn't in %v", known, unknown)
	}
	if _, err := db.Check(t.Context(), "nobody", data.SeedPassword); !errors.Is(err, data.ErrNotFound) {
		t.Errorf("nobody is let in by the password of somebody: %v", err)
	}
}

// What PostgreSQL takes in no text is left out, or is nobody's.
func TestTextsOfNoDatabase(t *testing.T) {
	db, _ := open(t, 30)
	ann, iris := user(t, db, "ann"), user(t, db, "iris")
	const odd = "a\x00\xffb"
	ticket, err := db.OpenTicket(t.Context(), iris, data.Ticket{Subject: odd, Body: odd})
	if err != nil || ticket.Subject != "ab" || ticket.Body != "ab" {
		t.Errorf("the ticket is %q, %q: %v", ticket.Subject, ticket.Body, err)
	}
	if err := db.AddComment(t.Context(), ann, ticket.ID, data.Comment{Body: odd, Attachments: []data.File{{Name: odd, Type: "text/plain", Content: []byte("a")}}}); err != nil {
		t.Error(err)
	}
	if err := db.SaveView(t.Context(), ann, odd, data.Filter{}); err != nil {
		t.Error(err)
	}
	if _, err := db.Count(t.Context(), ann, data.FilterOf(url.Values{"q": {odd}, "assignee": {odd}, "status": {odd}, "priority": {odd}, "sort": {odd}})); err != nil {
		t.Error(err)
	}
	if _, err := db.People(t.Context(), odd, 10); err != nil {
		t.Error(err)
	}
	if _, err := db.Check(t.Context(), "ann\x00", data.SeedPassword); !errors.Is(err, data.ErrNotFound) {
		t.Errorf("ann with a NUL: %v", err)
	}
}
