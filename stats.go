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

	// What has happened since New; these numbers only grow. A [Telemetry] is told of each
	// with more of what is to know.

	OpenedSockets uint64    // sockets that were opened, which are WebSockets
	Joins         JoinStats // of pages and of views in them
	Events        uint64    // events that views were given
	Patches       uint64    // patch links that were followed, back and forward
	Infos         uint64    // infos that views were given, and what was sent to live components
	Ticks         uint64    // of Repeat
	Crashes       uint64    // see NoteCrash
	Refusals      uint64    // see NoteRefusal
	LimitHits     uint64    // see NoteLimit
	Missed        uint64    // see NoteMissed
	Restores      uint64    // see NoteRestore; states that were dropped count too

	UploadsAccepted, UploadsFinished, UploadsFailed uint64

	// The bytes of all frames, before they are compressed.
	BytesSent, BytesReceived uint64
}

// JoinStats are numbers of joins since New, by what came of them; see [Outcome].
type JoinStats struct{ OK, Refused, Redirected, Postponed, Crashed, Gone uint64 }

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
	c := &lv.counts
	s.OpenedSockets = c.sockets.Load()
	s.Joins = JoinStats{
		OK: c.joins[OutcomeOK].Load(), Refused: c.joins[OutcomeRefused].Load(), Redirected: c.joins[OutcomeRedirected].Load(),
		Postponed: c.joins[OutcomePostponed].Load(), Crashed: c.joins[OutcomeCrashed].Load(), Gone: c.joins[OutcomeGone].Load(),
	}
	s.Events, s.Patches = c.spans[SpanEvent].Load(), c.spans[SpanPatch].Load()
	s.Infos, s.Ticks = c.spans[SpanInfo].Load(), c.spans[SpanTick].Load()
	s.Crashes, s.Refusals, s.LimitHits = c.notes[NoteCrash].Load(), c.notes[NoteRefusal].Load(), c.notes[NoteLimit].Load()
	s.Missed, s.Restores = c.notes[NoteMissed].Load(), c.notes[NoteRestore].Load()
	s.UploadsAccepted, s.UploadsFinished, s.UploadsFailed = c.notes[NoteUploadAccepted].Load(), c.notes[NoteUploadFinished].Load(), c.notes[NoteUploadFailed].Load()
	s.BytesSent, s.BytesReceived = c.traffic.Sent.Load(), c.traffic.Received.Load()
	return s
}
