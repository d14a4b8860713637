package main

import (
	"cmp"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"example.com/shop/data"
	"example.com/shop/web"
)

// settings are what differs from one machine to another.
type settings struct {
	addr     string // host and port to listen on
	database string
	web      web.Settings
}

// settingsFrom reads them from the environment; README.md lists them.
func settingsFrom(getenv func(string) string) (settings, error) {
	release := gin.Mode() == gin.ReleaseMode
	https, err := strconv.ParseBool(cmp.Or(getenv("HTTPS"), strconv.FormatBool(release)))
	if err != nil {
		return settings{}, fmt.Errorf("HTTPS is %q: set it to true or false", getenv("HTTPS"))
	}
	secret := getenv("SECRET")
	if secret == "" {
		if release {
			return settings{}, errors.New("SECRET isn't set: set it to what `openssl rand -base64 48` prints, and keep it")
		}
		if secret, err = developmentSecret(".secret"); err != nil {
			return settings{}, err
		}
	}
	database, err := databaseFrom(getenv)
	if err != nil {
		return settings{}, err
	}
	s := settings{
		addr:     cmp.Or(getenv("ADDR"), "127.0.0.1:8080"),
		database: database,
		web:      web.Settings{Secret: secret, HTTPS: https},
	}
	if proxies := getenv("PROXIES"); proxies != "" {
		s.web.Proxies = strings.Split(proxies, ",")
	}
	if dir := getenv("NODE_MODULES"); dir != "" {
		s.web.Client = os.DirFS(dir)
	}
	return s, nil
}

// databaseFrom returns the database's name.
func databaseFrom(getenv func(string) string) (string, error) {
	name := getenv("DATABASE")
	if name == "" && gin.Mode() == gin.ReleaseMode {
		return "", errors.New("DATABASE isn't set: set it to the database's name, such as " + data.ExampleName)
	}
	return cmp.Or(name, data.DefaultName), nil
}

// developmentSecret keeps a secret in a file, so that a restart logs nobody out.
func developmentSecret(file string) (string, error) {
	secret, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		secret = []byte(rand.Text() + rand.Text())
		err = os.WriteFile(file, secret, 0o600)
	}
	return string(secret), err
}
