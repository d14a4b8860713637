// A server that is about to end hands the state of each view to its page, sealed, and the
// page brings it along when it joins the next server. Before, the page is asked to hold:
// whatever it had sent by then is in the state, and what is clicked afterwards is dropped, as
// it is while there is no connection.
//
// The states are in memory alone, which a duplicate of the tab has none of.
function handedOver() {
  var states = {}, leaving = {};

  // The view isn't any more as it was brought along. What it is its server has stored within a
  // second, if there is a store; until then this is all that there would be after a crash.
  function leave(id) {
    var state = states[id];
    if (!state || leaving[id] === state) return;
    leaving[id] = state;
    setTimeout(function () {
      if (states[id] === state) delete states[id];
      if (leaving[id] === state) delete leaving[id];
    }, 1000);
  }

  function keep(socket) {
    socket.onMessage(function (message) {
      var id = message.topic.slice(3), payload = message.payload || {};
      if (message.event === "lv:hold") {
        delete socket.isConnected; // another view of the page may have been asked before
        socket.push({topic: message.topic, event: "lv:held", payload: {}, ref: socket.makeRef(), join_ref: message.join_ref});
        socket.isConnected = function () { return false; };
        setTimeout(function () { delete socket.isConnected; }, payload.for); // heartbeats wait too, and would find a dead connection
      } else if (message.event === "lv:state") {
        states[id] = payload.state;
        if (!payload.state) console.warn("liveview: what the view " + id + " was can't be handed on; the server's log says why");
      } else if (message.event === "diff" || message.event === "phx_reply" && payload.response && payload.response.diff) {
        leave(id);
      }
    });
    socket.onClose(function () { delete socket.isConnected; });
  }

  return {
    keep: keep,

    of: function (element) { return element && states[element.id]; }, // the socket itself has none

    // Drops all, and reports whether there was something.
    drop: function () {
      var some = Object.keys(states).length > 0;
      states = {};
      return some;
    }
  };
}
