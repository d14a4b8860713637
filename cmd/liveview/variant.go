package main

import "regexp"

// variant is one of the applications that can be written. Its fields are what the templates of
// texts ask for.
type variant struct {
	Postgres bool // PostgreSQL is the database, and not SQLite
}

// folders are those whose files make up the application; of two files of one name the later one
// is taken.
func (v variant) folders() []string {
	folders := []string{"_app", v.module()}
	if v.Postgres {
		folders = append(folders, "_postgres")
	}
	return folders
}

// module is the folder with its go.mod and go.sum.
func (v variant) module() string {
	if v.Postgres {
		return "_mod/postgres"
	}
	return "_mod/sqlite"
}

var postgresLine = regexp.MustCompile(`(?m)^(?:require)?\s+gorm\.io/driver/postgres v\S+$`)

// variantOf tells by what a go.mod requires which one an application is.
func variantOf(mod []byte) variant {
	return variant{Postgres: postgresLine.Match(mod)}
}
