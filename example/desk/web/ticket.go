package web

import (
	"errors"
	"fmt"
	"mime"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/example/desk/data"
	"github.com/gin-liveview/liveview/js"
	"github.com/gin-liveview/liveview/presence"
)

// who is what all know of somebody who looks at a ticket.
type who struct {
	User   data.User
	Typing bool
}

// ticketState is one ticket, with all that was said to it.
type ticketState struct {
	Me       data.User
	Ticket   data.Ticket
	Comments []data.Comment
	Entries  []data.Entry // for the staff
	Staff    []data.User
	People   []presence.Entry[who] // who looks at it
	Form     liveview.Form[data.Comment]
	Sent     int // makes a new, empty form after each comment
	mine     *presence.Handle[who]
}

// Others are who else looks at it, each once.
func (st ticketState) Others() (others []who) {
	for _, p := range st.People {
		if p.Meta.User.ID == st.Me.ID {
			continue
		}
		if i := slices.IndexFunc(others, func(o who) bool { return o.User.ID == p.Meta.User.ID }); i >= 0 {
			others[i].Typing = others[i].Typing || p.Meta.Typing
			continue
		}
		others = append(others, p.Meta)
	}
	return others
}

// unfinished is a mention that is being typed.
var unfinished = regexp.MustCompile(`(?:^|\s)@([a-z0-9]*)$`)

// Suggestions are who could be meant by it.
func (st ticketState) Suggestions() (users []data.User) {
	begun := unfinished.FindStringSubmatch(strings.ToLower(st.Form.Value.Body))
	if begun == nil || !st.Me.IsStaff() {
		return nil
	}
	for _, u := range append(slices.Clone(st.Staff), st.Ticket.Customer) {
		if strings.HasPrefix(u.Name, begun[1]) && u.Name != begun[1] && u.ID != st.Me.ID && len(users) < 6 {
			users = append(users, u)
		}
	}
	return users
}

type ticketView struct{ desk *desk }

// Mount implements [liveview.Mounter]. It subscribes first and reads then, so that nothing
// falls between.
func (v ticketView) Mount(c *gin.Context, s *liveview.Socket[ticketState]) error {
	id, _ := strconv.ParseInt(c.Param("id"), 10, 64) // there is none of 0
	user, topic := me(s), data.Ticket{ID: id}.Topic()
	if _, err := s.Subscribe(topic); err != nil {
		return err
	}
	s.Assign(func(st *ticketState) { st.Ticket.ID, st.Me = id, user })
	if err := v.load(s); errors.Is(err, data.ErrNotFound) {
		notFound(c)
		return nil
	} else if err != nil {
		return err
	}
	staff, err := v.desk.Staff(s.Context())
	if err != nil {
		return err
	}
	mine, err := liveview.Track(s, v.desk.here, topic, user.Name, who{User: public(user)})
	if err != nil {
		return err
	}
	s.Assign(func(st *ticketState) {
		st.Staff, st.mine, st.People = staff, mine, v.desk.here.List(topic)
		st.Form = st.emptyForm()
	})
	if s.Connected() {
		if err := v.desk.See(s.Context(), user, id); err != nil {
			return err
		}
	}
	return s.AllowUpload("files", liveview.UploadConfig{
		Accept:     []string{".jpg", ".jpeg", ".png", ".webp", ".pdf", ".txt", ".csv"},
		MaxEntries: 5, MaxFileSize: 5_000_000,
	})
}

// public is what others may know of a user.
func public(u data.User) data.User {
	return data.User{ID: u.ID, Name: u.Name, FullName: u.FullName, Role: u.Role}
}

func (st *ticketState) emptyForm() liveview.Form[data.Comment] {
	return liveview.FormOf(data.Comment{}, liveview.As(fmt.Sprint("comment", st.Sent)))
}

// load reads the ticket and what was said to it.
func (v ticketView) load(s *liveview.Socket[ticketState]) error {
	user, id := me(s), s.State().Ticket.ID
	t, err := v.desk.Ticket(s.Context(), user, id)
	if err != nil {
		return err
	}
	comments, err := v.desk.Comments(s.Context(), user, id)
	if err != nil {
		return err
	}
	var entries []data.Entry
	if user.IsStaff() {
		if entries, err = v.desk.Entries(s.Context(), user, id, 0, 20); err != nil {
			return err
		}
	}
	s.PageTitle(fmt.Sprintf("%d: %s", t.ID, t.Subject))
	s.Assign(func(st *ticketState) { st.Ticket, st.Comments, st.Entries = t, comments, entries })
	return nil
}

// HandleInfo implements [liveview.InfoHandler]: the ticket has changed, or who looks at it.
func (v ticketView) HandleInfo(s *liveview.Socket[ticketState], info any) error {
	if _, ok := info.(presence.Change[who]); ok {
		s.Assign(func(st *ticketState) { st.People = v.desk.here.List(st.Ticket.Topic()) })
		return nil
	}
	return v.load(s)
}

// Authorize implements [liveview.Authorizer].
func (v ticketView) Authorize(s *liveview.Socket[ticketState], e liveview.Event) error {
	if (e.Name == "edit" || e.Name == "set") && !me(s).IsStaff() {
		return data.ErrForbidden
	}
	return nil
}

// HandleEvent implements [liveview.EventHandler].
func (v ticketView) HandleEvent(s *liveview.Socket[ticketState], e liveview.Event) error {
	st := s.State()
	switch e.Name {
	case "edit":
		return v.edit(s, e)
	case "set":
		user := me(s)
		edit := data.Edit{Assignee: &user.ID}
		if n, err := strconv.Atoi(e.Value("key")); err == nil && 1 <= n && n <= len(data.Statuses()) {
			edit = data.Edit{Status: &data.Statuses()[n-1]}
		}
		return v.desk.Edit(s.Context(), user, st.Ticket.ID, edit)
	case "draft":
		s.Assign(func(st *ticketState) { st.Form = st.Form.Apply(e) })
		return v.typing(s)
	case "mention":
		name, ok := e.Signed("name")
		if body := st.Form.Value.Body; ok {
			body = unfinished.ReplaceAllStringFunc(body, func(begun string) string { return begun[:strings.IndexByte(begun, '@')] + "@" + name + " " })
			draft := data.Comment{Body: body, Internal: st.Form.Value.Internal}
			s.Assign(func(st *ticketState) { st.Form = liveview.FormOf(draft, liveview.As(fmt.Sprint("comment", st.Sent))) })
			s.PushJS(js.Focus(fmt.Sprintf("#comment%d_body", st.Sent)))
		}
		return nil
	case "cancel-file":
		return s.CancelUpload("files", e.Value("ref"))
	case "comment":
		return v.comment(s, st.Form.Apply(e))
	}
	return liveview.ErrUnknownEvent
}

// edit changes what was chosen, and nothing that others have chosen meanwhile.
func (v ticketView) edit(s *liveview.Socket[ticketState], e liveview.Event) error {
	var edit data.Edit
	switch target := e.Target(); {
	case len(target) != 1:
		return nil
	case target[0] == "status":
		status := data.Status(e.Value("status"))
		edit.Status = &status
	case target[0] == "priority":
		priority := data.Priority(e.Int("priority"))
		edit.Priority = &priority
	case target[0] == "assignee":
		assignee := int64(e.Int("assignee"))
		edit.Assignee = &assignee
	}
	return v.desk.Edit(s.Context(), me(s), s.State().Ticket.ID, edit)
}

// typing tells the others whether something is being typed.
func (v ticketView) typing(s *liveview.Socket[ticketState]) error {
	st := s.State()
	return st.mine.Update(who{User: public(st.Me), Typing: st.Form.Value.Body != ""})
}

// comment says what is in the form, with its files.
func (v ticketView) comment(s *liveview.Socket[ticketState], f liveview.Form[data.Comment]) error {
	s.Assign(func(st *ticketState) { st.Form = f })
	if !f.Valid() {
		s.PushJS(js.Dispatch("#comment", "ui:invalid"))
		return nil
	}
	files, err := liveview.ConsumeUploadedEntries(s, "files", func(path string, e liveview.UploadEntry) (data.File, error) {
		content, err := os.ReadFile(path)
		return data.File{Name: e.Name, Type: e.Type, Size: e.Size, Content: content}, err
	})
	if err != nil {
		return err
	}
	comment := f.Value
	comment.Attachments = files
	if err := v.desk.AddComment(s.Context(), me(s), s.State().Ticket.ID, comment); err != nil {
		return err
	}
	s.Assign(func(st *ticketState) {
		st.Sent++
		st.Form = st.emptyForm()
	})
	return v.typing(s)
}

// Render implements [liveview.View].
func (ticketView) Render(st ticketState) liveview.Rendered { return ticketPage.Render(st) }

// serveFile serves what users have sent as the type that was found in it, and as nothing that
// could run.
func (d *desk) serveFile(c *gin.Context) {
	id, _ := strconv.ParseInt(c.Param("id"), 10, 64) // there is none of 0
	user, _ := c.MustGet(userKey).(data.User)
	f, err := d.File(c.Request.Context(), user, id)
	if errors.Is(err, data.ErrNotFound) {
		notFound(c)
		return
	}
	if err != nil {
		_ = c.AbortWithError(http.StatusInternalServerError, err)
		return
	}
	disposition := "attachment"
	if strings.HasPrefix(f.Type, "image/") {
		disposition = "inline"
	}
	c.Header("Content-Disposition", mime.FormatMediaType(disposition, map[string]string{"filename": f.Name}))
	c.Header("Content-Security-Policy", "default-src 'none'; sandbox")
	c.Header("Cache-Control", "private, max-age=86400")
	c.Data(http.StatusOK, f.Type, f.Content)
}
