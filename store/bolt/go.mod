module github.com/gin-liveview/liveview/store/bolt

go 1.26.0

toolchain go1.26.11

replace github.com/gin-liveview/liveview => ../../

require (
	github.com/gin-liveview/liveview v0.0.0-00010101000000-000000000000
	go.etcd.io/bbolt v1.5.0
)

require golang.org/x/sys v0.50.0 // indirect
