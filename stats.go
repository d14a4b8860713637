package liveview

// Stats are figures of an [App] in this process: what there is at the moment, and
// what has been refused since [New]. They are for metrics, and cost nothing until
// they are asked for.
type Stats struct {
	Sockets  int // WebSockets that are open; each tab has one
	Browsers int // browsers that these are of
	Users    int // users that these are of, by Identify

	// RefusedSockets is how many were refused since New as their address had as
	// many open as [Config].MaxSocketsPerAddress allows.
	RefusedSockets uint64

	Views         int // live views that are mounted; one for each socket, two while its page moves, and those of pages that are kept
	Kept          int // pages whose socket was lost, and that may come back; see [Config].KeepTime
	Mounting      int // joins that are in their middleware, Mount and HandleParams, at most [Config].MaxMounts
	MountsWaiting int // joins that wait until it is their turn to mount

	Loads        int // loads of [Async] values that are at work
	LoadsWaiting int // loads that wait as their views have [Config].MaxLoads at work

	UploadFiles int   // files that are being sent here, or have arrived and aren't consumed
	UploadBytes int64 // bytes of these that have arrived
}

// Stats returns the App's figures. Each is right by itself; together they may be of
// slightly different moments.
func (lv *App) Stats() Stats {
	if lv == nil {
		return Stats{}
	}
	s := Stats{
		Sockets:        int(lv.sockets.Load()),
		Views:          int(lv.views.Load()),
		Kept:           int(lv.kept.Load()),
		RefusedSockets: lv.opener.admission.refusals.Load(),
	}
	s.Browsers, s.Users = lv.opener.endpoint.counts()
	s.Mounting, s.MountsWaiting = lv.mounts.Counts()
	s.Loads, s.LoadsWaiting = int(lv.loads.Load()), int(lv.loadsWaiting.Load())
	s.UploadBytes, s.UploadFiles = lv.uploads.Budget.Held()
	return s
}
