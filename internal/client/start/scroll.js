// Lists that scroll without end (phx-viewport-bottom, phx-viewport-top) wait for the answer to
// each load and hold the page where it is until then. What is asked for while the view isn't
// joined is never sent, and what was under way when the connection was lost is never answered:
// the list would load nothing more, and let nobody scroll. So it is answered here, and the load
// asked for again once the view is back, if its end of the list still shows.
function answerScrolls(liveSocket) {
  var socket = liveSocket.getSocket(), commandsOf = liveSocket.js;
  var asked = new Set(), lost = new Map(); // by list

  liveSocket.js = function () {
    var commands = commandsOf.call(liveSocket), push = commands.push;
    return Object.assign(commands, {push: function (list, event, options) {
      if (list.getAttribute("data-phx-hook") !== "Phoenix.InfiniteScroll" || !options.callback) {
        return push(list, event, options);
      }
      var load = {list: list, event: event, options: options};
      asked.add(load);
      push(list, event, Object.assign({}, options, {callback: function (reply) {
        if (asked.delete(load)) options.callback(reply);
      }}));
      if (!liveSocket.isConnected()) lose(load);
    }});
  };

  function lose(load) {
    if (!asked.delete(load)) return;
    lost.set(load.list, load);
    load.options.callback();
  }

  function loseAll() {
    asked.forEach(lose);
  }
  socket.onClose(loseAll);
  socket.onError(loseAll);

  socket.onMessage(function (message) {
    if (message.event !== "phx_reply" || message.ref !== message.join_ref || message.payload.status !== "ok") return;
    function isOfView(load) {
      var view = load.list.closest("[data-phx-session]");
      return !view || "lv:" + view.id === message.topic;
    }
    asked.forEach(function (load) { // since a crash, or before the join
      if (isOfView(load)) lose(load);
    });
    requestAnimationFrame(function () { // the page shows the join
      lost.forEach(function (load, list) {
        if (!isOfView(load)) return;
        lost.delete(list);
        if (Array.from(asked).some(function (load) { return load.list === list; })) return;
        var end = endOf(list, load.event);
        if (end && !load.options.value._overran && isInView(end)) {
          liveSocket.js().push(list, load.event, Object.assign({}, load.options, {value: {id: end.id}}));
        }
      });
    });
  });

  // The page may show another part of the list than before.
  function endOf(list, event) {
    if (list.getAttribute(liveSocket.binding("viewport-bottom")) === event) return list.lastElementChild;
    if (list.getAttribute(liveSocket.binding("viewport-top")) === event) return list.firstElementChild;
  }

  function isInView(entry) {
    var rect = entry.getBoundingClientRect();
    return rect.bottom > 0 && rect.top < innerHeight;
  }
}
