package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/example/desk/data"
	"github.com/gin-liveview/liveview/example/desk/web"
	"github.com/gin-liveview/liveview/liveviewtest"
)

// office is a help desk of n tickets, opened for a test.
type office struct {
	t   *testing.T
	db  *data.DB
	app *web.App
}

func open(t *testing.T, n int) *office {
	t.Helper()
	gin.SetMode(gin.TestMode)
	bus := liveview.NewPubSub()
	db, err := data.Open(t.Context(), filepath.Join(t.TempDir(), "desk.db"), bus.Publish)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	if _, err := db.Seed(t.Context(), n); err != nil {
		t.Fatal(err)
	}
	app, err := web.New(web.Settings{Secret: "a secret of the tests' own, long enough", Bus: bus, Demo: true}, db)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(app.Close)
	return &office{t, db, app}
}

// as is a browser in which somebody is logged in.
func (o *office) as(name string) *liveviewtest.Session {
	o.t.Helper()
	s := liveviewtest.NewSession(o.t, o.app.Handler)
	v := s.Open("/login")
	v.Submit("#login", "name", name, "password", data.SeedPassword)
	if got := v.URL().Path; got != "/tickets" {
		o.t.Fatalf("%s comes to %s: %s", name, got, v.Text("#problem"))
	}
	v.Close()
	return s
}

func (o *office) user(name string) data.User {
	o.t.Helper()
	u, err := o.db.Check(o.t.Context(), name, data.SeedPassword)
	if err != nil {
		o.t.Fatal(err)
	}
	return u
}

// ticket opens one of iris's.
func (o *office) ticket(subject string) data.Ticket {
	o.t.Helper()
	t, err := o.db.OpenTicket(o.t.Context(), o.user("iris"), data.Ticket{Subject: subject, Body: "Help!", Priority: 1})
	if err != nil {
		o.t.Fatal(err)
	}
	return t
}

func path(t data.Ticket) string { return fmt.Sprintf("/tickets/%d", t.ID) }

func TestLogIn(t *testing.T) {
	o := open(t, 10)
	s := liveviewtest.NewSession(t, o.app.Handler)
	v := s.Open("/board")
	if got := v.URL().String(); got != "/login?next=%2Fboard" {
		t.Errorf("a guest comes to %s", got)
	}
	v.Submit("#login", "name", "bob", "password", "wrong")
	if got := v.Text("#problem"); !strings.Contains(got, "don’t match") {
		t.Errorf("of a wrong password it says %q", got)
	}
	v.Submit("#login", "name", "bob", "password", data.SeedPassword)
	if got := v.URL().Path; got != "/board" {
		t.Errorf("after the log-in it is %s", got)
	}
	v.Click("#account-button")
	v.Click("#log-out")
	if got := v.URL().Path; got != "/login" {
		t.Errorf("after the log-out it is %s", got)
	}
	for range 11 {
		v.Submit("#login", "name", "bob", "password", "guess")
	}
	if got := v.Text("#problem"); !strings.Contains(got, "Too many") {
		t.Errorf("of the twelfth attempt it says %q", got)
	}
}

// The list is searched and filtered by its URL, and follows what others do.
func TestList(t *testing.T) {
	o := open(t, 300)
	s := o.as("bob")
	v := s.Open("/tickets?status=all")
	v.Await()
	if got := v.Text("#found"); got != "300 found" {
		t.Errorf("it says %q", got)
	}
	v.ScrollToBottom("#tickets")
	v.ScrollToBottom("#tickets")
	v.ScrollToBottom("#tickets")
	if n := v.Count("#tickets > li"); n != 120 {
		t.Errorf("after 160 tickets %d are on the page, want 120", n)
	}
	v.ScrollToTop("#tickets")
	v.Change("#filter", "q", "invoice amount")
	v.Await()
	if got := v.URL().Query(); got.Get("q") != "invoice amount" || got.Get("status") != "all" {
		t.Errorf("the URL is %s", v.URL())
	}
	if n := v.Count("#tickets > li"); n == 0 || n != strings.Count(v.Text("#tickets"), "The invoice shows the wrong amount") {
		t.Errorf("%d are found: %s", n, v.Text("#tickets"))
	}

	made := o.ticket("Invoice of an odd amount")
	row := fmt.Sprintf("#row-%d", made.ID)
	v.WaitForText("#tickets > li:first-child .subject", made.Subject)
	other := s.Open("/tickets?status=new")
	if !other.Has(row) {
		t.Fatalf("what is new isn't among the new ones: %s", other.HTML())
	}
	solved := data.StatusSolved
	if err := o.db.Edit(t.Context(), o.user("ann"), made.ID, data.Edit{Status: &solved}); err != nil {
		t.Fatal(err)
	}
	v.WaitForText(row+" .status", "solved")
	other.WaitFor(func() bool { return !other.Has(row) })

	v.Change("#filter", "q", fmt.Sprint(made.ID))
	if n := v.Count("#tickets > li"); n != 1 || !v.Has(row) {
		t.Errorf("its number finds %d", n)
	}
	v.Change("#filter", "q", "nothing like it")
	if !v.Has(".ui-empty") {
		t.Errorf("of nothing it shows %s", v.HTML())
	}
}

// Keys choose a ticket and change it. One that so leaves the list hands on to the next.
func TestKeys(t *testing.T) {
	o := open(t, 100)
	v := o.as("bob").Open("/tickets")
	first := func() string { return v.Find("#tickets > li").First().AttrOr("id", "") }
	second := v.Find("#tickets > li").Eq(1).AttrOr("id", "")
	v.Key("", "4")
	if got := v.Flash("info"); !strings.Contains(got, "first") {
		t.Errorf("with nothing chosen it says %q", got)
	}
	v.Key("", "j")
	if got := v.Find("li.is-selected").AttrOr("id", ""); got != first() {
		t.Errorf("%s is chosen, want %s", got, first())
	}
	v.Key("", "4")
	if got := v.Find("li.is-selected").AttrOr("id", ""); got != second || first() != second {
		t.Errorf("after that %s is chosen, want %s", got, second)
	}
	v.Key("", "a")
	if got := v.Find("li.is-selected .owner").AttrOr("title", ""); got != "Bob Okafor" {
		t.Errorf("it is %s's: %s", got, v.HTML())
	}
	v.Key("", "j")
	v.Key("", "k")
	if got := v.Find("li.is-selected").AttrOr("id", ""); got != first() {
		t.Errorf("%s is chosen, want %s", got, first())
	}

	// A customer has no such keys, and what is sent all the same changes nothing.
	if iris := o.as("iris").Open("/tickets"); iris.Has("#set") || iris.Has("#assignee") {
		t.Error("a customer has what is the staff's")
	}
}

func TestSavedViews(t *testing.T) {
	o := open(t, 50)
	s := o.as("bob")
	v := s.Open("/tickets")
	v.Change("#filter", "priority", "urgent", "status", "all")
	v.Click("#open-save")
	v.Submit("#view", "name", "Fires")
	if got := v.Find(".views a[aria-current]").Text(); got != "Fires" {
		t.Errorf("%q is the view that is shown", got)
	}
	v.Key("", "Escape") // the page's script closes the dialog once it is saved
	v.Click(".views a", "Mine")
	if got := v.URL().String(); got != "/tickets?assignee=me" {
		t.Errorf("mine are at %s", got)
	}
	again := s.Open("/tickets")
	again.Click(".views a", "Fires")
	if got := again.URL().Query().Encode(); got != "priority=urgent&status=all" {
		t.Errorf("the view is at %s", got)
	}
	if o.as("ann").Open("/tickets").Has(".views li[id]") {
		t.Error("somebody else has bob's view")
	}
	again.Click("Delete the view Fires")
	if again.Has(".views li[id]") {
		t.Error("it is there still")
	}
}

// A ticket is opened in a dialog, answered, assigned and solved, each before the other's eyes.
func TestTicket(t *testing.T) {
	o := open(t, 10)
	iris := o.as("iris").Open("/tickets")
	iris.Click("#new")
	iris.Submit("#new-ticket", "ticket[subject]", "", "ticket[body]", "It is cold.")
	if !iris.Has("#ticket_subject-error") {
		t.Errorf("a ticket about nothing is taken: %s", iris.HTML())
	}
	iris.Submit("#new-ticket", "ticket[subject]", "No heating", "ticket[body]", "It is cold.", "ticket[priority]", "2")
	made := iris.URL().Path
	bob := o.as("bob").Open(made)
	if got := bob.Text("#subject"); got != "No heating" {
		t.Fatalf("bob sees %q at %s", got, made)
	}
	ann := o.as("ann").Open(made)
	bob.WaitFor(func() bool {
		return strings.Contains(bob.Text("#here"), "Ann Meyer is here") && strings.Contains(bob.Text("#here"), "Iris")
	})
	if iris.Has("#here") || iris.Has("#properties") {
		t.Error("a customer sees what is the staff's")
	}

	bob.Change("#properties", "assignee", "2")
	iris.WaitFor(func() bool { return strings.Contains(iris.Text(".side"), "Bob Okafor looks after it") })
	bob.Key("#subject", "2")
	iris.WaitForText("#state .status", "open")

	// Who types is told of, and who is mentioned.
	bob.Change("#comment textarea", "Is it cold, @a")
	ann.WaitFor(func() bool { return strings.Contains(ann.Text("#here"), "Bob Okafor is typing…") })
	bob.Click("#mention-ann")
	if got := bob.Value("#comment textarea"); got != "Is it cold, @ann " {
		t.Errorf("the answer is %q", got)
	}
	bob.Submit("#comment", "comment0[internal]", true)
	ann.WaitForText(".comment.is-internal mark", "@ann")
	ann.WaitForText("#unseen", "1")
	if got := bob.Value("#comment textarea"); got != "" {
		t.Errorf("the answer holds %q when it is sent", got)
	}

	// Files go along, and are for whom the comment is for.
	ann.Choose("#comment [type=file]", liveviewtest.File{Name: "heating.txt", Type: "text/plain", Content: []byte("on")})
	ann.Submit("#comment", "comment0[body]", "We have switched it on.")
	iris.WaitForText(".attached a", "heating.txt")
	if n := iris.Count(".comment"); n != 2 {
		t.Errorf("the customer sees %d of 3 texts", n)
	}
	file := iris.Find(".attached a").AttrOr("href", "")
	if res := o.as("iris").Get(file); res.StatusCode != http.StatusOK || !strings.HasPrefix(res.Header.Get("Content-Disposition"), "attachment") {
		t.Errorf("the file is answered with %s %v", res.Status, res.Header)
	}
	if res := o.as("jonas").Get(file); res.StatusCode != http.StatusNotFound {
		t.Errorf("another customer's file is answered with %s", res.Status)
	}
	if jonas := o.as("jonas").Visit(made); jonas.Response().StatusCode != http.StatusNotFound {
		t.Errorf("another customer's ticket is answered with %s", jonas.Response().Status)
	}

	bob.Key("#subject", "4")
	iris.WaitForText("#state .status", "solved")
	iris.WaitForText("#unseen", "2") // an answer, solved: the page was open when the answer came
	iris.Submit("#comment", "comment0[body]", "It is cold again.")
	bob.WaitFor(func() bool { return bob.Value("#status") == "open" })
	ann.WaitFor(func() bool {
		return strings.Contains(ann.Text("#entries"), "Iris Adler changed the status from solved to open")
	})
}

// Notices come at once, and are seen when their ticket is.
func TestInbox(t *testing.T) {
	o := open(t, 10)
	made := o.ticket("No light")
	s := o.as("bob")
	inbox, other := s.Open("/inbox"), s.Open("/dashboard")
	if inbox.Has("#unseen") || !inbox.Has(".ui-empty") {
		t.Errorf("at first there is %s", inbox.HTML())
	}
	bob := o.user("bob")
	if err := o.db.Edit(t.Context(), o.user("ann"), made.ID, data.Edit{Assignee: &bob.ID}); err != nil {
		t.Fatal(err)
	}
	inbox.WaitForText("#notices .is-new a", "New: Ann Meyer assigned ticket 11 to you: No light")
	other.WaitForText("#unseen", "1")
	other.WaitForText("#news .ui-toast-text", "Ann Meyer assigned ticket 11 to you: No light")
	other.Click("#bell-link")
	other.Click("#notices a")
	if got := other.URL().Path; got != path(made) {
		t.Errorf("the notice leads to %s", got)
	}
	inbox.WaitFor(func() bool { return !inbox.Has("#unseen") && !inbox.Has("#notices .is-new") })
	if other.Has("#unseen") {
		other.WaitFor(func() bool { return !other.Has("#unseen") })
	}
	if err := o.db.AddComment(t.Context(), o.user("iris"), made.ID, data.Comment{Body: "@bob?"}); err != nil {
		t.Fatal(err)
	}
	inbox.WaitForText("#unseen", "1")
	inbox.Click("#see-all")
	inbox.WaitFor(func() bool { return !inbox.Has("#unseen") })
}

// Cards go from column to column by the hook and by arrows, on all boards.
func TestBoard(t *testing.T) {
	o := open(t, 40)
	made := o.ticket("No chairs")
	bob, ann := o.as("bob").Open("/board"), o.as("ann").Open("/board")
	card := fmt.Sprintf("#card-%d", made.ID)
	if !ann.Has("[data-status=new] " + card) {
		t.Fatalf("it isn't among the new ones: %s", ann.HTML())
	}
	count := ann.Text("[data-status=new] .count")
	bob.Hook("#board").Push("drop", map[string]any{"card": bob.Find(card).AttrOr("data-card", ""), "status": "waiting"})
	ann.WaitFor(func() bool { return ann.Has("[data-status=waiting] "+card) && !ann.Has("[data-status=new] "+card) })
	if got := ann.Text("[data-status=new] .count"); got == count {
		t.Errorf("there are %s new ones still", got)
	}
	ann.Click(fmt.Sprintf("Make ticket %d solved", made.ID))
	bob.WaitFor(func() bool { return bob.Has("[data-status=solved] " + card) })
	bob.Hook("#board").Push("drop", map[string]any{"card": "1", "status": "new"})
	if got, err := o.db.Ticket(t.Context(), o.user("ann"), 1); err != nil || got.Status == data.StatusNew {
		t.Errorf("a number that isn't signed moves a ticket: %+v, %v", got, err)
	}
	ann.Click("nav.chips a", "Mine")
	if ann.Has(card) {
		t.Error("among ann's is one that isn't")
	}
}

func TestDashboard(t *testing.T) {
	o := open(t, 200)
	v := o.as("bob").Open("/dashboard")
	v.Await()
	if n := v.Count("svg rect.opened"); n != 30 {
		t.Errorf("%d days are drawn", n)
	}
	v.Click("90 days")
	v.Await()
	if n := v.Count("svg rect.opened"); n != 90 {
		t.Errorf("%d days are drawn, want 90", n)
	}
	n := v.Text("#unsolved")
	o.ticket("One more")
	v.WaitFor(func() bool { return v.Text("#unsolved") != n })
}

// A role is another one at once, on pages that are open.
func TestRoles(t *testing.T) {
	o := open(t, 40)
	s := o.as("bob")
	board, list := s.Open("/board"), s.Open("/tickets")
	people := s.Visit("/people")
	if !list.Has("#set") || people.URL().Path != "/tickets" {
		t.Error("an agent has no keys, or comes to the people")
	}
	people.Close()
	ann := o.as("ann").Open("/people")
	ann.Change("#search", "q", "okafor")
	ann.Change("#role-2", "role", "customer")
	for _, v := range []*liveviewtest.View{board, list} {
		v.ExpectDisconnect()
		v.Reconnect() // as the client does by itself
	}
	if got := board.URL().Path; got != "/tickets" {
		t.Errorf("who is no agent any more is at %s", got)
	}
	list.WaitFor(func() bool { return !list.Has("#set") && !strings.Contains(list.Text("nav"), "Board") })
	if got := s.Open("/tickets?status=all"); got.Count("#tickets > li") != 0 {
		t.Error("a customer sees tickets of others")
	}
	log := o.as("ann").Open("/log")
	if got := log.Text("#log li:first-child"); !strings.Contains(got, "Ann Meyer made Bob Okafor, who was an agent, a customer") {
		t.Errorf("the log says %q", got)
	}
	o.ticket("Logged")
	log.WaitFor(func() bool { return strings.Contains(log.Text("#log"), "Iris Adler opened the ticket") })
}

// Where no script runs, tickets are searched, opened and answered all the same.
func TestPlain(t *testing.T) {
	o := open(t, 60)
	s := liveviewtest.NewSession(t, o.app.Handler)
	v := s.OpenPlain("/tickets")
	v.Submit("#login", "name", "iris", "password", data.SeedPassword)
	v.Click("#new")
	v.Submit("#new-ticket", "ticket[subject]", "No script", "ticket[body]", "There is none.")
	if got := v.Text("#subject"); got != "No script" {
		t.Fatalf("the ticket is %q at %s", got, v.URL())
	}
	v.Submit("#comment", "comment0[body]", "And it works.")
	if got := v.Text(".comment:last-child .text"); got != "And it works." {
		t.Errorf("the last comment is %q", got)
	}
	v.Click("#back")
	v.Submit("#filter", "q", "script")
	if n := v.Count("#tickets > li"); n != 1 || v.URL().RawQuery != (url.Values{"q": {"script"}}).Encode() {
		t.Errorf("%d are found at %s", n, v.URL())
	}
}

// A log-in leads to a page here, also if what it was asked for is no such, or too long to keep.
func TestLogInLeadsNowhereElse(t *testing.T) {
	o := open(t, 10)
	for _, next := range []string{"//evil.example", "https://evil.example", "/\\evil.example", "/tickets?q=" + strings.Repeat("a", 2100)} {
		v := liveviewtest.NewSession(t, o.app.Handler).Open("/login?next=" + url.QueryEscape(next))
		v.Submit("#login", "name", "iris", "password", data.SeedPassword)
		if got := v.URL().Path; got != "/tickets" {
			t.Errorf("with next=%.40s the log-in leads to %s", next, got)
		}
	}
}

// The name of a view is counted in letters, as the browser counts.
func TestNameOfAView(t *testing.T) {
	o := open(t, 10)
	v := o.as("iris").Open("/tickets?status=all")
	v.Click("#open-save")
	v.Submit("#view", "name", strings.Repeat("ü", 40))
	if got := v.Text(".views"); !strings.Contains(got, "üü") {
		t.Errorf("the views are %q, and it says %q", got, v.Flash("error"))
	}
}
