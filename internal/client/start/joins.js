// How often views of an id have joined on this page. The client counts for each view by
// itself, so that the one that live navigation puts in another's place, with its id, begins at
// 0: a process that still had the other one would seem to know more of the page than any. The
// answer to a join that the client has given up, and sent anew, isn't counted, as the client
// doesn't: the view would seem to have come in another's place.
function countJoins() {
  var counts = {};

  return {
    watch: function (socket) {
      socket.onMessage(function (message) {
        var isJoined = message.event === "phx_reply" && message.ref === message.join_ref && message.payload.status === "ok";
        if (isJoined && socket.channels.some(function (c) { return c.topic === message.topic && c.joinRef() === message.join_ref; })) {
          counts[message.topic] = (counts[message.topic] || 0) + 1;
        }
      });
    },

    of: function (element) { return element && counts["lv:" + element.id] || 0; } // the socket itself has none
  };
}
