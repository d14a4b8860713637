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
// options.params, an object or a function, is sent with each join beside the
// CSRF token. The LiveSocket is window.liveSocket.
(function () {
  "use strict";

  var path = document.currentScript.dataset.path;

  // A join that is refused has the client load the page. One whose joins are
  // all refused, because the browser keeps no cookies or the view can't be
  // rendered for instance, would be loaded for ever. So refusals in a row are
  // counted, however much time is between them, and after a few the page stays
  // as the server rendered it. Whoever loads it then has it try anew.
  var KEY = "liveview:refused", MANY = 4;

  // What the refusals since the last join that succeeded said.
  function refusals() {
    try {
      return JSON.parse(sessionStorage.getItem(KEY) || "[]");
    } catch (e) {
      return [];
    }
  }

  function remember(list) {
    try {
      sessionStorage.setItem(KEY, JSON.stringify(list));
    } catch (e) { /* no storage: no guard */ }
  }

  // Phoenix's Socket shows each message once its channel has acted on it.
  function noteJoins(message) {
    var reply = message.payload;
    if (message.event !== "phx_reply" || message.ref !== message.join_ref || message.topic.indexOf("lv:") !== 0) return;
    var response = reply.response || {};
    if (reply.status === "ok") {
      remember([]);
    } else if (!response.live_redirect) { // which is followed without a load
      var why = response.detail || (response.redirect ? "it leads to " + response.redirect.to : response.reason);
      remember(refusals().concat(why));
      console.info("liveview: the page is loaded, as its join was refused: " + why);
    }
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
    var refused = refusals();
    if (refused.length >= MANY) {
      remember([]);
      document.documentElement.classList.add("liveview-refused");
      console.error("liveview: the server refused to join this page " + refused.length +
        " times in a row, so it stays as it is: " + refused[refused.length - 1]);
      return;
    }
    var token = document.querySelector("meta[name='csrf-token']");
    if (!token) {
      console.error("liveview: the page has no <meta name=\"csrf-token\">, so it stays as it is; its layout lacks {{.CSRFMeta}}");
      return;
    }
    if (!window.Phoenix || !window.LiveView) {
      console.error("liveview: the official client isn't there, so the page stays as it is; see the failed requests for phoenix.min.js and phoenix_live_view.min.js");
      return;
    }

    var app = window.liveview || {};
    var options = Object.assign({
      hooks: app.hooks || {},
      uploaders: app.uploaders || {},
      reconnectAfterMs: jittered([50, 100, 250, 500, 1000, 2000], 5000),
      rejoinAfterMs: jittered([500, 1000, 2000, 5000], 10000)
    }, app.options);
    var own = options.params;
    options.params = function (element) {
      var params = typeof own === "function" ? own(element) : own;
      return Object.assign({}, params, {_csrf_token: token.content});
    };
    window.liveSocket = new window.LiveView.LiveSocket(path, window.Phoenix.Socket, options);
    yieldWhenTold(window.liveSocket.getSocket());
    window.liveSocket.getSocket().onMessage(noteJoins);
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
