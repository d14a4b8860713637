package node

import (
	"context"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/gin-contrib/sessions"
	"github.com/gin-contrib/sessions/cookie"
	"github.com/gin-gonic/gin"
	goredis "github.com/redis/go-redis/v9"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/presence"
	"github.com/gin-liveview/liveview/pubsub"
	states "github.com/gin-liveview/liveview/store/redis"
)

// Settings are those of a process.
type Settings struct {
	Address  string // to listen at
	Instance string // which process it is, of all that there have been
	Secret   string // that all share
	Broker   string // the URL of a Redis, or of a NATS server
	Store    string // the address of another one
	Uploads  string // the directory for them
	Timers   bool   // are counted, which costs
}

// Times that are shorter than an application's, so that a minute is long.
const (
	KeepTime  = 4 * time.Second
	DrainTime = 10 * time.Second
	Recheck   = 2 * time.Second
	beat      = 500 * time.Millisecond
)

// sayEvery is how often each process says something in each room.
const sayEvery = 500 * time.Millisecond

// fixedPool has as many connections to Redis be there at any time: each has 64 KiB of buffers,
// which would come and go on the heap.
const fixedPool = "pool_size=4&min_idle_conns=4&max_idle_conns=4"

// server is the process.
type server struct {
	Settings
	instance string
	uploads  string
	lv       *liveview.App
	bus      *bus
	player   *liveview.Sticky // is shown in rooms
	speakers [Rooms]speaker
	left     string // the directory of uploads of this process, where a fault leaves files
	mounts   atomic.Int64
	leaks    sync.Mutex
}

// Run is the process, until it is told to stop.
func Run(settings Settings) error {
	if settings.Timers {
		runtime.MemProfileRate = 1
	}
	raw, err := newBus(settings.Broker, pubsub.Options{Secret: pubsub.NewSecret(settings.Secret)})
	if err != nil {
		return err
	}
	s := &server{Settings: settings, instance: settings.Instance, uploads: settings.Uploads, bus: &bus{Bus: raw}, player: liveview.NewSticky("player", guestView{settings.Instance})}
	client := goredis.NewClient(&goredis.Options{Addr: settings.Store, ContextTimeoutEnabled: true, PoolSize: 4, MinIdleConns: 4, MaxIdleConns: 4})
	s.lv = liveview.New(liveview.Config{
		Secret: liveview.NewSecret(settings.Secret), PubSub: s.bus, Store: states.New(client, states.Options{}),
		KeepTime: KeepTime, DrainTime: DrainTime, Recheck: Recheck, StoreTime: time.Hour, UploadDir: settings.Uploads,
		MaxSocketsPerUser: -1,
	})
	people := presence.New[string](s.bus, "rooms", presence.Options{Beat: beat})
	if s.left = filepath.Join(settings.Uploads, "left"); Planted("leak") {
		_ = os.Mkdir(s.left, 0o700)
	}
	listener, err := net.Listen("tcp", settings.Address)
	if err != nil {
		return err
	}
	srv := &http.Server{Handler: s.router(people, client), ReadHeaderTimeout: 10 * time.Second}
	failed := make(chan error, 1)
	go func() { failed <- srv.Serve(s.lv.Listener(srv, listener)) }() // ends with the process
	stopped, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	talking := time.NewTicker(sayEvery)
	defer talking.Stop()
	for {
		select {
		case err := <-failed:
			return err
		case <-talking.C:
			for i := range Rooms {
				s.say(strconv.Itoa(i))
			}
			s.tell()
		case <-stopped.Done():
			if err := s.lv.Shutdown(context.Background(), srv); err != nil {
				return err
			}
			people.Close()
			return nil
		}
	}
}

func (s *server) router(people *presence.Tracker[string], client goredis.UniversalClient) http.Handler {
	r := gin.New()
	r.Use(gin.Recovery())
	store := cookie.NewStore([]byte(s.Secret[:32]))
	store.Options(sessions.Options{Path: "/", MaxAge: 86400, HttpOnly: true, SameSite: http.SameSiteLaxMode})
	r.Use(sessions.Sessions("app", store))
	r.Use(s.lv.Middleware())
	r.GET("/readyz", s.lv.Ready)
	r.GET("/figures", s.figures)
	r.GET("/memory", s.memory)
	r.GET("/descriptors", s.open)
	r.GET("/goroutines", goroutines)
	r.GET("/inspect/:id", s.inspect)
	r.GET("/say", func(c *gin.Context) {
		var all []int
		for i := range Rooms {
			all = append(all, s.say(strconv.Itoa(i)))
		}
		c.JSON(http.StatusOK, all)
	})
	r.GET("/now", func(c *gin.Context) { c.JSON(http.StatusOK, 1) })
	liveview.Handle(r.Group("", s.player.Middleware()), "/room/:room", roomView{s, people})
	liveview.Handle(r, "/fragile", fragileView{})
	liveview.Handle(r, "/files", filesView{})
	s.accounts(r, client)
	return r
}

// say publishes the next info of this process in a room, and returns its number.
func (s *server) say(room string) int {
	i, err := strconv.Atoi(room)
	if err != nil || i < 0 || i >= Rooms {
		return 0
	}
	sp := &s.speakers[i]
	sp.mu.Lock()
	defer sp.mu.Unlock()
	sp.n++
	_ = s.lv.Publish(Topic(room), Said{s.instance, sp.n}) // this process's pages get it, broker or not, and the others a Missed
	return sp.n
}

// FromEnvironment runs the process that the environment describes, if it does, and then
// ends the program.
func FromEnvironment() {
	if address := os.Getenv(natsAddress); address != "" {
		end(runNATS(address))
	}
	address := os.Getenv("STRESS_ADDRESS")
	if address == "" {
		return
	}
	log.SetFlags(log.Lmicroseconds)
	end(Run(Settings{
		Address: address, Instance: os.Getenv("STRESS_INSTANCE"), Secret: os.Getenv("STRESS_SECRET"), Broker: os.Getenv("STRESS_BROKER"),
		Store: os.Getenv("STRESS_STORE"), Uploads: os.Getenv("STRESS_UPLOADS"), Timers: os.Getenv("STRESS_TIMERS") != "",
	}))
}

// end ends the program, with status 1 for an error.
func end(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "node:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// Environment returns what has FromEnvironment run a process with these settings.
func (s Settings) Environment() []string {
	env := []string{
		"STRESS_ADDRESS=" + s.Address, "STRESS_INSTANCE=" + s.Instance, "STRESS_SECRET=" + s.Secret, "STRESS_BROKER=" + s.Broker,
		"STRESS_STORE=" + s.Store, "STRESS_UPLOADS=" + s.Uploads, "GIN_MODE=release", "GORACE=atexit_sleep_ms=50",
	}
	if s.Timers {
		env = append(env, "STRESS_TIMERS=1")
	}
	return env
}
