package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
)

func environment(values map[string]string) func(string) string {
	return func(name string) string { return values[name] }
}

func TestSettings(t *testing.T) {
	gin.SetMode(gin.ReleaseMode)
	defer gin.SetMode(gin.TestMode)
	s, err := settingsFrom(environment(map[string]string{"SECRET": "s", "DATABASE": "d", "PROXIES": "10.0.0.0/8,192.168.0.1"}))
	if err != nil {
		t.Fatal(err)
	}
	if s.addr != "127.0.0.1:8080" || !s.web.HTTPS || !slices.Equal(s.web.Proxies, []string{"10.0.0.0/8", "192.168.0.1"}) {
		t.Errorf("the settings are %+v", s)
	}
	for name, values := range map[string]map[string]string{
		"SECRET":   {"DATABASE": "d"},
		"DATABASE": {"SECRET": "s"},
		"HTTPS":    {"SECRET": "s", "DATABASE": "d", "HTTPS": "perhaps"},
	} {
		if _, err := settingsFrom(environment(values)); err == nil || !strings.HasPrefix(err.Error(), name) {
			t.Errorf("with %v the error is %v, want one about %s", values, err, name)
		}
	}
}

func TestDevelopmentSecret(t *testing.T) {
	file := filepath.Join(t.TempDir(), "secret")
	first, err := developmentSecret(file)
	if err != nil {
		t.Fatal(err)
	}
	second, err := developmentSecret(file)
	if err != nil || second != first || len(first) < 32 {
		t.Errorf("the secrets are %q and %q, %v", first, second, err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file is %v, %v", info.Mode(), err)
	}
}
