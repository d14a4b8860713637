package web_test

import (
	"errors"
	"strings"
	"testing"

	"example.com/shop/data"
)

func TestLogin(t *testing.T) {
	db, session := open(t)
	password, err := db.Users().SetPassword(t.Context(), "ann")
	if err != nil {
		t.Fatal(err)
	}
	v := session.Open("/products?q=lamp")
	v.ExpectRedirect("/login?next=%2Fproducts%3Fq%3Dlamp")
	v.Submit("#login", "name", "ann", "password", "wrong")
	if !strings.Contains(v.Text("#problem"), "don’t match") {
		t.Errorf("after a wrong password the page says %q", v.Text("#problem"))
	}
	v.Submit("#login", "name", "\x00", "password", "wrong")
	v.Submit("#login", "name", "ann", "password", password)
	if got := v.URL().String(); !strings.HasSuffix(got, "/products?q=lamp") {
		t.Errorf("the log-in leads to %s", got)
	}
	v.Click("#log-out")
	v.ExpectRedirect("/login")
	if got := v.Text("#message"); got != "You are logged out." {
		t.Errorf("after the log-out the page says %q", got)
	}
	session.Open("/products").ExpectRedirect("/login?next=%2Fproducts")
}

func TestLoginWithoutScripts(t *testing.T) {
	db, session := open(t)
	password, err := db.Users().SetPassword(t.Context(), "ann")
	if err != nil {
		t.Fatal(err)
	}
	v := session.OpenPlain("/products")
	v.Submit("#login", "name", "ann", "password", password)
	if got := v.URL().Path; got != "/products" {
		t.Errorf("the log-in leads to %s", got)
	}
}

// Where a log-in leads is a page of this shop.
func TestLoginLeadsNowhereElse(t *testing.T) {
	for _, next := range []string{"https://evil.example", "//evil.example", "evil", "%5C%5Cevil.example", "%2F%5Cevil.example", "%2Fproducts%3Fq%3D" + strings.Repeat("a", 2100)} {
		db, session := open(t)
		password, err := db.Users().SetPassword(t.Context(), "ann")
		if err != nil {
			t.Fatal(err)
		}
		v := session.Open("/login?next=" + next)
		v.Submit("#login", "name", "ann", "password", password)
		if got := v.URL().Path; got != "/products" {
			t.Errorf("with next=%s the log-in leads to %s", next, v.URL())
		}
	}
}

// What isn't quite a user's name is nobody's: each way to write it would have attempts of its own.
func TestLoginByAnotherName(t *testing.T) {
	db, _ := open(t)
	password, err := db.Users().SetPassword(t.Context(), "ann")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"ann\x00", "\x00ann", "ann\xff", "Ann", "ann ", "a%"} {
		if _, err := db.Users().Check(t.Context(), name, password); !errors.Is(err, data.ErrNotFound) {
			t.Errorf("%q is somebody's name: %v", name, err)
		}
	}
	if _, err := db.Users().Check(t.Context(), "ann", password); err != nil {
		t.Error(err)
	}
}

// A new password ends the sessions that were begun with the old one.
func TestNewPassword(t *testing.T) {
	db, session := openAsUser(t)
	if v := session.Visit("/products"); v.Text("h1") != "Products" {
		t.Fatalf("the page is %q", v.Text("h1"))
	}
	if _, err := db.Users().SetPassword(t.Context(), "ann"); err != nil {
		t.Fatal(err)
	}
	if v := session.Visit("/products"); v.Text("h1") != "Log in" {
		t.Errorf("with a session of the old password the page is %q", v.Text("h1"))
	}
}
