package redis_test

import (
	goredis "github.com/redis/go-redis/v9"

	"github.com/gin-liveview/liveview/store"
	"github.com/gin-liveview/liveview/store/redis"
)

func Example() {
	client := goredis.NewClient(&goredis.Options{Addr: "10.0.0.5:6379", ContextTimeoutEnabled: true})

	var states store.Store = redis.New(client, redis.Options{Prefix: "shop:state:"})
	_ = states // Config.Store of every process
}

func Example_cluster() {
	client := goredis.NewClusterClient(&goredis.ClusterOptions{
		Addrs:                 []string{"10.0.0.5:6379", "10.0.0.6:6379", "10.0.0.7:6379"},
		ContextTimeoutEnabled: true,
	})

	var states store.Store = redis.New(client, redis.Options{})
	_ = states
}
