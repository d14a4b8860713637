package upload

import (
	"bytes"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"

	"github.com/gabriel-vasile/mimetype"
)

// Whatever a client says of its files, their names can be shown, and content is
// admitted only where the name is.
func FuzzFile(f *testing.F) {
	f.Add("image/*", "a.png", "image/png", []byte("GIF89a"))
	f.Add(".txt", "../x", "text/html", []byte("<svg"))
	f.Add("text/*", "\xff", ";", []byte{})
	f.Fuzz(func(t *testing.T, item, name, kind string, head []byte) {
		if clean := CleanName(name); clean != CleanName(clean) || len(clean) > MaxNameBytes || strings.ContainsAny(clean, "/\\\x00\n") {
			t.Errorf("CleanName(%q) = %q, and again %q", name, clean, CleanName(clean))
		}
		list, err := ParseAccept([]string{item})
		if err != nil {
			list = nil
		}
		if found, ok := list.AdmitsContent(name, CleanType(kind), head); ok && list[0].ext == "" && !list.Admits(name, CleanType(kind)) {
			t.Errorf("%q with %q is %q and admitted by %q, though its name isn't", name, kind, found, item)
		}
	})
}

// heads are how files begin, of the kinds that mimetype tells apart.
var heads = []string{
	"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "GIF87a", "GIF89a\x01\x00\x01\x00", "\xff\xd8\xff\xe0\x00\x10JFIF\x00", "RIFF\x24\x00\x00\x00WEBPVP8 ",
	"BM\x36\x00\x00\x00\x00\x00\x00\x00\x36\x00\x00\x00\x28", "II*\x00\x08\x00\x00\x00", "MM\x00*\x00\x00\x00\x08", "\x00\x00\x01\x00\x01\x00",
	"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom", "\x00\x00\x00\x1cftypavif\x00\x00\x00\x00", "\x00\x00\x00\x18ftypheic\x00\x00\x00\x00",
	"\x00\x00\x00\x14ftypqt  ", "\x00\x00\x00\x18ftypM4A \x00\x00\x00\x00", "\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x84webm", "\x1a\x45\xdf\xa3\x42\x82\x88matroska",
	"RIFF\x24\x00\x00\x00WAVEfmt ", "RIFF\x24\x00\x00\x00AVI LIST", "ID3\x03\x00\x00\x00\x00\x00\x21", "\xff\xfb\x90\x00", "OggS\x00\x02\x00\x00", "fLaC\x00\x00\x00\x22",
	"#!AMR", "MThd\x00\x00\x00\x06", "FLV\x01", "8BPS\x00\x01", "gimp xcf ", "\x00\x00\x00\x0cjP  \r\n\x87\n", "AT&TFORM\x00\x00\x00\x00DJVU",
	"%PDF-1.7\n", "PK\x03\x04\x14\x00\x00\x00", "PK\x05\x06", "Rar!\x1a\x07\x01\x00", "7z\xbc\xaf\x27\x1c", "\x1f\x8b\x08", "BZh9", "\xfd7zXZ\x00", "\x28\xb5\x2f\xfd",
	"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "{\\rtf1", "\x7fELF\x02\x01\x01", "MZ\x90\x00", "\xca\xfe\xba\xbe\x00\x00\x00\x34", "\xcf\xfa\xed\xfe", "\x00asm\x01\x00\x00\x00",
	"wOFF\x00\x01\x00\x00", "wOF2\x00\x01\x00\x00", "OTTO\x00", "\x00\x01\x00\x00\x00", "SQLite format 3\x00", "CWS\x07", "%!PS-Adobe", "-----BEGIN PGP",
	"#!/bin/sh\n", "#!/usr/bin/env python\n", "<?php ", "<?xml version=\"1.0\"?>", "<svg xmlns=\"http://www.w3.org/2000/svg\">", "<!DOCTYPE html>", "<html>", "<!-- -->",
	"{\"a\":[1,2]}", "{\"type\":\"FeatureCollection\"}", "{\"log\":{\"version\":\"1.2\"}}", "a,b\n1,2\n", "a\tb\n1\t2\n", "BEGIN:VCARD\n", "BEGIN:VCALENDAR\n", "WEBVTT\n", "1\n00:00:01,000 --> 00:00:02,000\n",
	"\xef\xbb\xbf", "\xff\xfe<\x00s\x00", "\xfe\xff\x00<\x00s", "\x00", "text", strings.Repeat("\x00", 257) + "ustar\x0000",
}

// active are beginnings of what runs where it is shown.
var active = []string{
	"<script>alert(1)</script>", "<ScRiPt src=//x>", "<svg onload=alert(1)>", "<iframe src=//x>", "<html><body onload=alert(1)>", "<?php system(1);",
	"<object data=x>", "<embed src=x>", "<img src=x onerror=alert(1)>", "<!DOCTYPE html>", "<HEAD>",
}

// media are lists that ask for pictures, sound and films, and names that fit.
var media = []struct{ accept, name string }{
	{"image/*", "a.png"},
	{"image/*", "blob"},
	{".png", "a.png"},
	{".jpg", "a.jpg"},
	{"image/gif", "a.gif"},
	{".webp", "a.webp"},
	{"image/bmp", "a.bmp"},
	{"image/*", "a.ico"},
	{"image/*", "a.tif"},
	{".avif", "a.avif"},
	{".heic", "a.heic"},
	{"video/*", "a.mp4"},
	{".webm", "a.webm"},
	{"video/*", "a.mkv"},
	{"audio/*", "a.mp3"},
	{".wav", "a.wav"},
	{"audio/*", "a.ogg"},
	{".m4a", "a.m4a"},
}

// checkHead holds what AdmitsContent says of a head against another sniffer, the
// one of browsers, and against what is to be seen.
func checkHead(t *testing.T, head []byte) (admitted int) {
	t.Helper()
	if len(head) > SniffBytes {
		head = head[:SniffBytes]
	}
	for _, m := range media {
		list, err := ParseAccept([]string{m.accept})
		if err != nil {
			t.Fatal(err)
		}
		for _, kind := range []string{"", "image/png", "image/svg+xml", "text/html", "video/mp4", "audio/mpeg"} {
			found, ok := list.AdmitsContent(m.name, kind, head)
			if !ok {
				continue
			}
			admitted++
			browser := http.DetectContentType(head)
			if strings.HasPrefix(browser, "text/html") || strings.HasPrefix(browser, "text/xml") || activeTypes[found] || activeTypes[kind] {
				t.Errorf("%q, %s, is %q and %q to a browser, and admitted by %s: %q", m.name, kind, found, browser, m.accept, head)
			}
			for mime := mimetype.Detect(head); mime != nil; mime = mime.Parent() {
				if name, _, _ := strings.Cut(mime.String(), ";"); activeTypes[name] {
					t.Errorf("%q is a kind of %s, and admitted by %s: %q", found, name, m.accept, head)
				}
			}
			lower := bytes.ToLower(head)
			for _, tag := range []string{"<script", "<html", "<!doctype", "<body", "<head", "<iframe", "<object", "<embed", "<svg", "<img", "<?php"} {
				if bytes.Contains(lower, []byte(tag)) {
					t.Errorf("%q has %s in it, and is admitted by %s: %q", found, tag, m.accept, head)
				}
			}
		}
	}
	// Nor does any list make it panic, or admit as text what runs.
	for _, item := range []string{".txt", "text/*", "application/json", ".csv", ".md", ".zip", ".docx", ".pdf", ".unheardof", "application/octet-stream"} {
		list, _ := ParseAccept([]string{item})
		if found, ok := list.AdmitsContent("a"+item, "", head); ok && activeTypes[found] && item != ".unheardof" {
			t.Errorf("%q is admitted by %s: %q", found, item, head)
		}
	}
	return admitted
}

// FuzzContent has content of any kind sniffed, as a transfer does with what a
// browser sends.
func FuzzContent(f *testing.F) {
	for i, head := range heads {
		f.Add([]byte(head))
		f.Add([]byte(head + active[i%len(active)]))
	}
	f.Fuzz(func(t *testing.T, head []byte) { checkHead(t, head) })
}

// Heads of all kinds, put together, cut and changed at random.
func TestContentOfAnyKind(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	admitted := 0
	const tries = 400
	for range tries {
		var head []byte
		for range 1 + rnd.IntN(3) {
			part := heads[rnd.IntN(len(heads))]
			if rnd.IntN(3) == 0 {
				part = active[rnd.IntN(len(active))]
			}
			head = append(head, part...)
			head = append(head, make([]byte, rnd.IntN(3)*rnd.IntN(600))...)
		}
		for range rnd.IntN(4) {
			head[rnd.IntN(len(head))] = byte(rnd.Uint32())
		}
		admitted += checkHead(t, head[:1+rnd.IntN(len(head))])
	}
	if admitted < tries/2 {
		t.Errorf("%d admitted: too few to show anything", admitted)
	}
	t.Logf("%d heads, admitted %d times", tries, admitted)
}
