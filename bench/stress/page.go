package main

import (
	"fmt"
	"html"
	"io"
	"net/http"
	"regexp"
)

// page is what a client takes from the HTML of a live page to open its socket and to join.
type page struct {
	csrf, id, session, static string
	statics                   map[string]string // of the views in it that are nested or sticky, by their ids
	navigated                 bool              // its view was come to by live navigation, over the socket of the one before
}

var pageHTML = regexp.MustCompile(`(?s)<meta name="csrf-token" content="([^"]*)">.*<div id="([^"]*)" data-phx-main data-phx-session="([^"]*)" data-phx-static="([^"]*)">`)

// load loads a page.
func load(client *http.Client, url string) (p page, err error) {
	res, err := client.Get(url)
	if err != nil {
		return p, err
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return p, err
	}
	m := pageHTML.FindSubmatch(body)
	if m == nil {
		return p, fmt.Errorf("it isn't a live page: %s %.300s", res.Status, body)
	}
	for i, dst := range []*string{&p.csrf, &p.id, &p.session, &p.static} {
		*dst = html.UnescapeString(string(m[i+1]))
	}
	p.statics = make(map[string]string)
	for id, g := range standing(string(body)) {
		p.statics[id] = g.static
	}
	return p, nil
}
