package e2e

import (
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
)

// postgresDatabase starts a server of PostgreSQL, which ends with the test, and returns the URL
// of a database in it.
func postgresDatabase(t *testing.T) string {
	t.Helper()
	bins, err := filepath.Glob("/usr/lib/postgresql/*/bin") // as Debian has them
	if err != nil || len(bins) == 0 {
		t.Fatalf("this test needs PostgreSQL, which test.sh -slow installs: %v", err)
	}
	dir, err := os.MkdirTemp("", "postgres") // a socket's path may have 107 bytes: the test's folder is too deep
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	run := func(program string, args ...string) *exec.Cmd {
		cmd := exec.Command(filepath.Join(bins[len(bins)-1], program), args...)
		cmd.Dir = dir
		return cmd
	}
	if os.Getuid() == 0 { // for whom it doesn't run
		nobody, err := user.Lookup("nobody")
		if err != nil {
			t.Fatal(err)
		}
		uid, _ := strconv.Atoi(nobody.Uid) // numbers, as Linux has them
		gid, _ := strconv.Atoi(nobody.Gid)
		if err := os.Chown(dir, uid, gid); err != nil {
			t.Fatal(err)
		}
		asRoot := run
		run = func(program string, args ...string) *exec.Cmd {
			cmd := asRoot(program, args...)
			cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
			return cmd
		}
	}
	data := filepath.Join(dir, "data")
	if out, err := run("initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync").CombinedOutput(); err != nil {
		t.Fatalf("initdb: %v\n%s", err, out)
	}
	var log lockedBuilder
	server := run("postgres", "-D", data, "-k", dir, "-c", "listen_addresses=", "-c", "fsync=off")
	server.Stdout, server.Stderr = &log, &log
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = server.Process.Signal(syscall.SIGINT) // it is there, or Wait says why not
		if err := server.Wait(); err != nil {
			t.Errorf("PostgreSQL: %v\n%s", err, &log)
		}
	})
	if err := within(patience, func() error { return run("pg_isready", "-h", dir).Run() }); err != nil {
		t.Fatalf("PostgreSQL doesn't get ready: %v\n%s", err, &log)
	}
	return fmt.Sprintf("postgres://postgres@/postgres?host=%s", url.QueryEscape(dir))
}

// By -slow: what the help desk keeps it keeps in PostgreSQL as well.
func TestDeskOnPostgres(t *testing.T) {
	if !*slow {
		t.Skip("it wants PostgreSQL: -slow")
	}
	t.Setenv("POSTGRES", postgresDatabase(t))
	command(t, "../example/desk", "go", "test", "-race", "-count=1", "./data")
}
