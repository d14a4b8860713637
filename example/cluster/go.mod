module github.com/gin-liveview/liveview/example/cluster

go 1.26.0

toolchain go1.26.9

replace (
	github.com/gin-liveview/liveview => ../../
	github.com/gin-liveview/liveview/pubsub/nats => ../../pubsub/nats
)
