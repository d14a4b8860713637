// Connects a page's live views, with the official client of Phoenix LiveView
// (globals Phoenix and LiveView). What an application adds, it puts on window
// before DOMContentLoaded:
//
//   window.liveview = {
//     hooks: {Chart: {mounted() {…}}},  // phx-hook="Chart"
//     uploaders: {S3(entries, onError) {…}},
//     options: {…}                      // further options of LiveSocket
//   }
//
// The LiveSocket is window.liveSocket.
(function () {
  "use strict";

  var path = document.currentScript.dataset.path;

  // A page whose joins are all refused as stale, because the browser keeps no
  // cookies for instance, would be loaded anew for ever. So loads that came to
  // no live page are counted, and after a few in a row the page stays as the
  // server rendered it.
  var KEY = "liveview:loads", LOADS = 4, WITHIN = 15000;

  function recentLoads() {
    try {
      return JSON.parse(sessionStorage.getItem(KEY) || "[]").filter(function (t) { return Date.now() - t < WITHIN; });
    } catch (e) {
      return [];
    }
  }

  function remember(loads) {
    try {
      sessionStorage.setItem(KEY, JSON.stringify(loads));
    } catch (e) { /* no storage: no guard */ }
  }

  // Clients that lost one server come back over a few seconds, not at once.
  function jittered(delays, longest) {
    return function (tries) {
      var delay = delays[tries - 1] || longest;
      return delay / 2 + Math.random() * delay;
    };
  }

  function start() {
    if (!document.querySelector("[data-phx-session]")) return;
    var loads = recentLoads();
    if (loads.length >= LOADS) {
      document.documentElement.classList.add("liveview-refused");
      console.error("liveview: the server refused to join this page " + loads.length +
        " times in a row, so it stays as it is. Does the browser keep the session cookie?");
      return;
    }
    remember(loads.concat(Date.now()));
    window.addEventListener("phx:page-loading-stop", function () {
      if (document.querySelector("[data-phx-main].phx-connected")) remember([]);
    });

    var app = window.liveview || {};
    var options = Object.assign({
      params: function () {
        return {_csrf_token: document.querySelector("meta[name='csrf-token']").content};
      },
      hooks: app.hooks || {},
      uploaders: app.uploaders || {},
      reconnectAfterMs: jittered([50, 100, 250, 500, 1000, 2000], 5000),
      rejoinAfterMs: jittered([500, 1000, 2000, 5000], 10000)
    }, app.options);
    window.liveSocket = new window.LiveView.LiveSocket(path, window.Phoenix.Socket, options);
    yieldWhenTold(window.liveSocket.getSocket());
    window.liveSocket.connect();
  }

  // A socket closed with 1008 (RFC 6455: policy violation) had more than its
  // share. Its page comes back after a while, and not at once.
  function yieldWhenTold(socket) {
    socket.onClose(function (event) {
      if (event.code !== 1008) return;
      socket.disconnect(); // or it tries by itself
      setTimeout(function () { socket.connect(); }, 5000 + Math.random() * 5000);
    });
  }

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
