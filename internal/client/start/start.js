// Connects a page's live views, with the official client of Phoenix LiveView
// (globals Phoenix and LiveView). What an application adds, it puts on window
// before DOMContentLoaded:
//
//   window.liveview = {
//     hooks: {Chart: {mounted() {…}}},  // phx-hook="Chart"
//     uploaders: {S3(entries, onError) {…}},
//     confirm(message, element) {…},    // asks in place of the browser, for data-confirm
//     noticeAfter: 2000,                // milliseconds without a connection that nothing tells of
//     options: {…}                      // further options of LiveSocket
//   }
//
// options.params, an object or a function, is sent with each join beside the
// CSRF token: liveview.ConnectParamsOf reads it. The LiveSocket is window.liveSocket.

var path = document.currentScript.dataset.path;
var maxFrame = +document.currentScript.dataset.maxFrame || Infinity;
var longPollAfter = +document.currentScript.dataset.longPoll || 0;
var noticeStyle = document.currentScript.dataset.notice;
var maxFields = +document.currentScript.dataset.maxFields || Infinity;

function start() {
  if (!document.querySelector("[data-phx-session]")) return;
  fillNotice(noticeStyle);
  var refused = refusals();
  if (refused.length >= MANY) {
    remember([]);
    showNotice("refused");
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
  // In memory, which a duplicate of the tab has of its own: a view that the server keeps
  // while the connection is lost is that of this page alone.
  var page = Array.from(crypto.getRandomValues(new Uint32Array(4)), function (n) { return n.toString(36); }).join("");
  var states = handedOver(), files = keepFiles(), joins = countJoins();
  options.params = function (element) {
    var params = typeof own === "function" ? own(element) : own;
    var state = states.of(element);
    return Object.assign({}, params, {_csrf_token: token.content, _page: page, _joins: joins.of(element)}, files.told(element), state ? {_state: state} : {});
  };
  options.metadata = withHeldKeys(options.metadata);
  options.dom = watchJoins(keepTyped(keepUnsent(options.dom || {})), files);
  options = withPolls(options, longPollAfter);
  window.liveSocket = new window.LiveView.LiveSocket(path, window.Phoenix.Socket, options);
  watchPolls(window.liveSocket, longPollAfter);
  yieldWhenTold(window.liveSocket.getSocket(), states);
  states.keep(window.liveSocket.getSocket());
  joins.watch(window.liveSocket.getSocket());
  window.liveSocket.getSocket().onMessage(noteJoins);
  window.liveSocket.getSocket().onMessage(noteProblems);
  window.liveSocket.getSocket().onMessage(swapAssets);
  tellOfConnection(window.liveSocket, app.noticeAfter === undefined ? NOTICE_AFTER : app.noticeAfter);
  noteEmptyFiles(window.liveSocket);
  unlockForms(window.liveSocket);
  answerScrolls(window.liveSocket);
  runCommands(window.liveSocket);
  holdShortcuts(window.liveSocket);
  noteChosen = waitForJoin(window.liveSocket);
  window.liveSocket.connect();
  recoverForms(window.liveSocket.main);
  files.watch(window.liveSocket);
}

var noteChosen = function () {};

// The files that were chosen are noted before the page's first patch, and the focus before
// that of each join.
function watchJoins(dom, files) {
  var focus = keepFocus();
  window.addEventListener("focusin", focus.forget, true);
  return Object.assign({}, dom, {
    onPatchStart: function (container) {
      noteChosen();
      var main = window.liveSocket.main;
      if (main && main.isJoinPending && main.isJoinPending()) focus.note();
      if (dom.onPatchStart) dom.onPatchStart(container);
    },
    onPatchEnd: function (container) {
      focus.restore();
      files.patched();
      if (dom.onPatchEnd) dom.onPatchEnd(container);
    }
  });
}

// On pages without a view, too.
askFirst();
sendByMethod();
if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
else start();
