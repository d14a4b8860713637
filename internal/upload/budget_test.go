package upload

import "testing"

func TestBudget(t *testing.T) {
	b := &Budget{Limits: Limits{Bytes: 100, BrowserBytes: 60, BrowserFiles: 3}}
	claim := func(browser string, size int64) *Claim {
		t.Helper()
		c, ok := b.Claim(browser, size)
		if !ok {
			t.Fatalf("no claim of %s for %d bytes", browser, size)
		}
		return c
	}
	one, two, three := claim("a", 60), claim("a", 60), claim("a", 60) // promised, and nothing held
	if _, ok := b.Claim("a", 1); ok {
		t.Error("a fourth file")
	}
	other := claim("b", 60)
	if !one.Grow(30) || !two.Grow(30) || three.Grow(1) {
		t.Error("a browser has its 60 bytes, and no more")
	}
	if !other.Grow(40) || other.Grow(1) {
		t.Error("all together have 100 bytes, and no more")
	}
	if _, ok := b.Claim("c", 1); ok {
		t.Error("a file begins that doesn't fit")
	}
	one.Release()
	one.Release()
	if one.Grow(1) || !three.Grow(30) || other.Grow(1) {
		t.Error("what is given back is there once, for those who are left")
	}
	for _, c := range []*Claim{two, three, other} {
		c.Release()
	}
	if bytes, files := b.Held(); bytes != 0 || files != 0 || len(b.browsers) != 0 {
		t.Errorf("%d bytes and %d files of %d browsers are held at the end", bytes, files, len(b.browsers))
	}
	none := &Budget{Limits: Limits{-1, -1, -1}}
	if c, ok := none.Claim("a", 1<<62); !ok || !c.Grow(1<<62) {
		t.Error("there is a limit where there should be none")
	}
}
