// How often views of an id have joined on this page. The client counts for each view by
// itself, so that the one that live navigation puts in another's place, with its id, begins at
// 0: a process that still had the other one would seem to know more of the page than any.
function countJoins() {
  var counts = {};

  return {
    watch: function (socket) {
      socket.onMessage(function (message) {
        if (message.event === "phx_reply" && message.ref === message.join_ref && message.payload.status === "ok") {
          counts[message.topic] = (counts[message.topic] || 0) + 1;
        }
      });
    },

    of: function (element) { return element && counts["lv:" + element.id] || 0; } // the socket itself has none
  };
}
