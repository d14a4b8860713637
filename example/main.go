// Command example is the gallery: a live page for each thing there is, each
// in a folder of its own.
//
//	npm ci --prefix example && go run ./example
package main

import (
	"cmp"
	"crypto/rand"
	"log"
	"os"
)

func main() {
	secret := os.Getenv("SECRET")
	if secret == "" {
		secret = rand.Text() + rand.Text()
		log.Print("SECRET is not set: pages that are open over a restart will be loaded anew")
	}
	addr := cmp.Or(os.Getenv("HOST"), "127.0.0.1") + ":" + cmp.Or(os.Getenv("PORT"), "8080")
	log.Printf("the gallery is at http://%s", addr)
	log.Fatal(newGallery(secret, npmPackages()).Run(addr))
}
