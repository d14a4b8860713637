package revoked

import (
	"strconv"
	"testing"
	"time"
)

func TestUserSince(t *testing.T) {
	var l List
	now := time.Now()
	l.AddUser("ann", now)
	for _, test := range []struct {
		user  string
		began time.Time
		want  bool
	}{
		{"ann", now.Add(-time.Second), true},
		{"ann", now, true},
		{"ann", now.Add(1), false},
		{"bob", now.Add(-time.Second), false},
		{"", now.Add(-time.Second), false},
	} {
		if got := l.UserSince(test.user, test.began); got != test.want {
			t.Errorf("UserSince(%q, %v) = %v", test.user, test.began.Sub(now), got)
		}
	}
	l.AddUser("bob", now.Add(userTime))
	if !l.UserSince("ann", now) {
		t.Error("a user is forgotten while a join may still be on its way")
	}
	l.AddUser("bob", now.Add(3*userTime))
	if l.users.Len() != 1 {
		t.Errorf("%d users are remembered, want the last one", l.users.Len())
	}
}

func TestOldBrowsersAreForgotten(t *testing.T) {
	var l List
	for i := range maxBrowsers + 2 {
		l.AddBrowser(strconv.Itoa(i))
	}
	for id, want := range map[string]bool{"0": false, "1": false, "2": true, strconv.Itoa(maxBrowsers + 1): true, "": false} {
		if got := l.Browser(id); got != want {
			t.Errorf("Browser(%q) = %v", id, got)
		}
	}
}

// Adding one costs the same however many there are.
func BenchmarkAddUser(b *testing.B) {
	for _, before := range []int{100, 100_000} {
		b.Run(strconv.Itoa(before), func(b *testing.B) {
			var l List
			now := time.Now()
			for i := range before {
				l.AddUser(strconv.Itoa(i), now)
			}
			b.ReportAllocs()
			for b.Loop() {
				l.AddUser("ann", now)
			}
		})
	}
}
