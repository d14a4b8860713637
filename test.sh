#!/usr/bin/env bash
# Passes all tests: format and linters of every module, vet among them, the library
# with the race detector, what counts bytes on 386, brokers and stores, and pages in Chromium.
#
#	./test.sh         what every change must pass
#	./test.sh -slow   the slow proofs as well; SLOW=1 says the same
#
# Installs what a fresh Debian machine with Go and Node.js lacks for them:
# Chromium, servers, a C compiler, the npm packages of the client and of axe-core, the linter.
set -euo pipefail
cd "$(dirname "$0")"

slow=${SLOW:-0}
case "${1:-}" in
"") ;;
-slow) slow=1 ;;
*) echo "usage: $0 [-slow]" >&2 && exit 2 ;;
esac

# Every module there is, so that no new one is left out.
mapfile -t modules < <(find . -name node_modules -prune -o -name go.mod -printf '%h\n' | sort)

# A process with the race detector stays for a second after its end, unless told.
export GORACE="${GORACE:-} atexit_sleep_ms=50"

# Debuggers read nothing of what is compiled here, and it takes the compiler a fifth of
# its time to tell them; nothing here is sent as MessagePack, and Gin's package for that
# takes it half a minute.
export GOFLAGS="$(go env GOFLAGS) -tags=nomsgpack -gcflags=github.com/gin-liveview/liveview/...=-dwarf=false"

logs=$(mktemp -d) # what jobs have said, and what tests have
mkdir "$logs/jobs" "$logs/tests"
declare -A jobs=() # done beside other things: the process group of each, by name
cleanup() {
	for group in "${jobs[@]}"; do kill -- "-$group" 2>/dev/null || true; done
	rm -rf "$logs"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

stage() { printf '\n==> %d s: %s\n' "$SECONDS" "$*"; }

# beside NAME COMMAND...: does it beside what follows.
beside() {
	local name=$1
	shift
	set -m
	"$@" >"$logs/jobs/$name" 2>&1 &
	jobs[$name]=$!
	set +m
}

# finish NAME: waits for it, shows what it has said, and fails if it has.
finish() {
	local failed=0
	wait "${jobs[$1]}" || failed=$?
	unset "jobs[$1]"
	cat "$logs/jobs/$1"
	return "$failed"
}

# tests NAME FLAG...: go test, in any order. What it says is shown and kept. A machine with
# much else to do takes more than the ten minutes that a package has by default.
tests() {
	local name=$1
	shift
	go test -shuffle=on -timeout 20m "$@" 2>&1 | tee -a "$logs/tests/$name"
}

# need COMMAND PACKAGE...: installs Debian packages if the command isn't there.
need() {
	local command=$1 sudo=""
	shift
	! command -v "$command" >/dev/null 2>&1 || return 0
	stage "Debian packages: $*"
	[ "$(id -u)" = 0 ] || sudo=sudo
	$sudo apt-get update -q &&
		$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends "$@"
}

# compile compiles all packages and their tests, with the race detector, and keeps what
# importers need. Tests, linters and those tests that read types then find it: each of
# them would compile all of it by itself, as they run at the same time.
compile() {
	local module
	for module in "${modules[@]}"; do
		(cd "$module" && go list -race -export -deps -test ./... >/dev/null) || return
	done
}

# The linter is built once for a machine, in one to three minutes.
linter_version=v2.15.0
linter=${XDG_CACHE_HOME:-$HOME/.cache}/liveview/golangci-lint-$linter_version/golangci-lint

# lint reads files as they are with the race detector, so that dependencies are
# compiled once for it and for the tests. It is the one that waits if the machine
# has much to do.
lint() {
	local module failed=0
	[ -x "$linter" ] || GOBIN=${linter%/*} nice go install "github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$linter_version" || return
	for module in "${modules[@]}"; do
		echo "$module"
		(cd "$module" && GOFLAGS="$(go env GOFLAGS) -race" nice "$linter" run --allow-parallel-runners ./...) || failed=1
	done
	return "$failed"
}

# others tests the modules that have no stage of their own: now those of brokers, stores and settings.
others() {
	local module failed=0
	for module in "${modules[@]}"; do
		case $module in . | ./e2e) continue ;; esac
		(cd "$module" && tests others -race ./...) || failed=1
	done
	return "$failed"
}

# runs386 reports whether the machine runs 32-bit programs: not every kernel does.
runs386() {
	printf 'package main\nfunc main() {}\n' >"$logs/runs386.go"
	GOARCH=386 CGO_ENABLED=0 go build -o "$logs/runs386" "$logs/runs386.go" && "$logs/runs386" 2>/dev/null
}

# on386 tests what counts bytes where a pointer and an int have four of them; with -slow,
# all of the library.
on386() {
	local packages=(./protocol ./internal/... ./pubsub ./store)
	[ "$slow" = 0 ] || packages=(./...)
	mapfile -t packages < <(go list "${packages[@]}" | grep -v -e /bench/ -e /example -e /internal/house)
	GOARCH=386 go vet "${packages[@]}" || return
	if ! runs386; then
		echo "NOT RUN on 386, only vetted: this machine's kernel runs no 32-bit programs."
		return
	fi
	GOARCH=386 tests 386 -gcflags='-d=checkptr -dwarf=false' "${packages[@]}"
}

# background does, one after the other, what leaves a processor to what runs in the
# foreground.
background() {
	local failed=0
	others || failed=1
	on386 || failed=1
	return "$failed"
}

# The headless shell is Chromium without windows, and does the same with less
# work; where it can't be had, Chromium will do.
need chromium-headless-shell chromium-headless-shell || need chromium chromium
need redis-server redis-server
need nginx nginx
need haproxy haproxy
need caddy caddy
need systemd-socket-activate systemd
need prometheus prometheus
[ "$slow" = 0 ] || need pg_ctlcluster postgresql
need gcc gcc libc6-dev # the race detector's

stage "npm packages of the client, and axe-core"
npm ci --prefix example --no-audit --no-fund
npm ci --prefix e2e --no-audit --no-fund

stage "format"
unformatted=$(gofmt -l .)
[ -z "$unformatted" ] || { echo "not gofmt-clean: $unformatted" && exit 1; }

stage "compile"
compile

failed=0 # a stage that fails doesn't keep back what the next ones have to say
beside lint lint
beside background background
stage "the library, with the race detector"
tests race -race ./... || failed=1

stage "brokers and stores, with real servers; on 386, with checks of pointers"
finish background || failed=1

# Pages are looked at while nothing else is at work: what a browser shows in time, and where
# the focus then is, depends on it.
stage "linters"
finish lint || failed=1

stage "pages in Chromium, with the official client"
(cd e2e && tests e2e -race ./...) || failed=1

if [ "$slow" != 0 ]; then
	stage "the slow proofs"
	for module in "${modules[@]}"; do
		(
			cd "$module" || exit
			have=() # packages whose tests have the flag -slow
			while read -r dir; do
				! grep -qsE 'flag\.Bool\("slow"|pubsubtest\.' "$dir"/*_test.go || have+=("$dir")
			done < <(go list -f '{{.Dir}}' ./...)
			[ ${#have[@]} = 0 ] || tests slow -race -timeout 30m "${have[@]}" -slow
		) || failed=1
	done
	stage "pages in Chromium, where no WebSocket is to be had"
	(cd e2e && tests longpoll -race . -longpoll) || failed=1
fi

stage "seconds by package"
awk '$1 == "ok" { of = FILENAME; sub(".*/", "", of); sub("s$", "", $3); printf "%8.1f  %s (%s)\n", $3, $2, of }' \
	"$logs"/tests/* | sed 's|github.com/gin-liveview/||' | sort -rn
exit "$failed"
