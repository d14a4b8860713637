package store_test

import (
	"strings"
	"testing"
	"time"

	"github.com/gin-liveview/liveview/store"
)

func TestValidKey(t *testing.T) {
	for _, key := range []string{"a", "Z", "0", "-", "_", "lv_Az-09", strings.Repeat("k", store.MaxKey)} {
		if !store.ValidKey(key) {
			t.Errorf("ValidKey(%q) = false", key)
		}
	}
	for _, key := range []string{"", " ", "a b", "a.b", "*", ">", "a:b", "a/b", "{a}", "ä", "a\n", "a\x00", "\xff", strings.Repeat("k", store.MaxKey+1)} {
		if store.ValidKey(key) {
			t.Errorf("ValidKey(%q) = true", key)
		}
	}
}

// What no store takes is told with the key, and the bound that it missed.
func TestCheck(t *testing.T) {
	good := store.Entry{Key: "k", TTL: store.MinTTL}
	if err := store.Check([]store.Entry{good, {Key: "l", Version: 1<<64 - 1, TTL: 1<<63 - 1}}); err != nil {
		t.Error(err)
	}
	if err := store.Check(nil); err != nil {
		t.Error(err)
	}
	for want, entry := range map[string]store.Entry{
		`"a b"`: {Key: "a b", TTL: time.Hour},
		"k is to be kept for 999.999999ms: the shortest time is 1s": {Key: "k", TTL: time.Second - 1},
	} {
		if err := store.Check([]store.Entry{good, entry}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Check of %+v = %v, want %s", entry, err, want)
		}
	}
}
