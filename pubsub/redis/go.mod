module github.com/gin-liveview/liveview/pubsub/redis

go 1.26.0

toolchain go1.26.11

replace github.com/gin-liveview/liveview => ../../

require (
	github.com/gin-liveview/liveview v0.0.0-00010101000000-000000000000
	github.com/redis/go-redis/v9 v9.23.0
)

require (
	github.com/cespare/xxhash/v2 v2.3.0 // indirect
	go.uber.org/atomic v1.12.0 // indirect
	golang.org/x/sys v0.50.0 // indirect
)
