#!/bin/sh
# Passes all tests: the library's, with the race detector, and the browser's.
# Installs what a fresh Debian machine with Go and Node.js lacks for them:
# Chromium, a C compiler, and the official client's npm packages.
set -eu
cd "$(dirname "$0")"

# need COMMAND PACKAGE...: installs Debian packages if the command isn't there.
need() {
	command=$1
	shift
	if command -v "$command" >/dev/null 2>&1; then
		return
	fi
	echo "==> Debian packages: $*"
	sudo=""
	[ "$(id -u)" = 0 ] || sudo=sudo
	$sudo apt-get update -q
	$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends "$@"
}
need chromium chromium
need redis-server redis-server
need nginx nginx
need haproxy haproxy
need gcc gcc libc6-dev # the race detector's

echo "==> npm packages of the client"
npm ci --prefix example --no-audit --no-fund

echo "==> formatting and vet"
unformatted=$(gofmt -l .)
[ -z "$unformatted" ] || { echo "not gofmt-clean: $unformatted"; exit 1; }
# With -race as the tests below, so that dependencies are compiled once.
go vet -race ./...
for module in pubsub/redis pubsub/nats e2e; do (cd $module && go vet -race ./...); done

echo "==> tests of the library, with the race detector"
go test -race ./...
# These mostly wait for their servers, so they run beside the next ones.
broker_log=$(mktemp)
trap 'kill "$brokers" 2>/dev/null || true; rm -f "$broker_log"' EXIT
(for module in pubsub/redis pubsub/nats; do (cd $module && go test -race -count=1 ./...); done) >"$broker_log" 2>&1 &
brokers=$!

echo "==> tests of the render engine, with pointer checks"
go test -gcflags=all=-d=checkptr ./internal/engine/

echo "==> tests of the brokers: a real redis-server, a Redis cluster, a real NATS server"
passed=0
wait "$brokers" || passed=$?
cat "$broker_log"
[ "$passed" = 0 ] || exit "$passed"

echo "==> tests in Chromium, with the official client"
(cd e2e && go test -race -count=1 ./...)
