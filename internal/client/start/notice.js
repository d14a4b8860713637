// Tells the visitor that the page isn't live: the root has the class liveview-lost,
// liveview-failed or liveview-refused then, and elements with data-liveview-when="lost" and
// its like are shown, outside of views. Page.Notice is such a one. What is short is spared.
//
//   lost     there is no connection, and the client tries to get one
//   failed   the server is there and doesn't make the page live at present: it is tried again
//   refused  nothing more is tried
//   back     for a moment, after one of them was shown
//   anew     for a moment: the page is live again, without what it was
var NOTICE_AFTER = 2000, NOTICE_BACK = 4000, NOTICE_ANEW = 10000; // milliseconds

var notice = null, noticeTimer = null;

function showNotice(state) {
  clearTimeout(noticeTimer);
  noticeTimer = null;
  notice = state;
  var root = document.documentElement.classList;
  ["lost", "failed", "refused"].forEach(function (name) { root.toggle("liveview-" + name, name === state); });
  document.querySelectorAll("[data-liveview-when]").forEach(function (element) {
    element.hidden = element.getAttribute("data-liveview-when").split(" ").indexOf(state) < 0;
  });
}

// For a while, if nothing else is to be told.
function showNoticeFor(state, time) {
  showNotice(state);
  noticeTimer = setTimeout(function () { showNotice(null); }, time);
}

function tellOfConnection(liveSocket, after) {
  var waiting = null, state = null; // what is to be shown once it has lasted

  function isShown() { return notice === "lost" || notice === "failed"; }

  function isLost(as) {
    if (notice === "refused") return;
    state = as;
    if (isShown()) return showNotice(state);
    waiting = waiting || setTimeout(function () {
      waiting = null;
      if (notice === "refused") return; // meanwhile
      showNotice(state);
      look();
    }, after);
  }

  // Whether a server that refuses the socket is there at all the socket doesn't say.
  function look() {
    if (state !== "lost" || !document.querySelector("[data-liveview-when]")) return;
    fetch(path + "/start.js", {method: "HEAD", cache: "no-store"}).then(function (response) {
      if (state === "lost" && isShown()) showNotice(response.ok ? "failed" : "lost");
    }, function () {
      if (state === "lost" && isShown()) showNotice("lost");
    });
  }

  window.addEventListener("phx:page-loading-start", function (e) {
    if (e.detail && e.detail.kind === "error") isLost(e.detail.errorKind === "server" ? "failed" : "lost");
  });
  window.addEventListener("phx:liveview:dropped", function () { showNoticeFor("anew", NOTICE_ANEW); });
  liveSocket.getSocket().onError(function () { if (isShown()) look(); });
  liveSocket.getSocket().onMessage(function (message) {
    if (!isJoin(message) || message.payload.status !== "ok") return;
    clearTimeout(waiting);
    waiting = state = null;
    if (isShown()) showNoticeFor("back", NOTICE_BACK);
  });
}

// The lines of a notice that has none of the application's, and its style. The rules of the
// page's own style win over that, as it comes first and in a layer.
var NOTICES = {
  lost: "No connection to the server. Trying again…",
  failed: "The server can’t keep this page up to date at present. Trying again…",
  refused: "This page isn’t kept up to date. ",
  back: "Connected again.",
  anew: "Connected again. This page begins anew: please check what you were doing."
};

function fillNotice(style) {
  var box = document.querySelector(".liveview-notice");
  if (!box) return;
  if (!box.childElementCount) Object.keys(NOTICES).forEach(function (state) {
    var line = document.createElement("p");
    line.hidden = true;
    line.setAttribute("data-liveview-when", state);
    line.textContent = NOTICES[state];
    if (state === "refused") {
      var again = document.createElement("a");
      again.href = "";
      again.textContent = "Load it again";
      line.append(again);
    }
    box.append(line);
  });
  if (!style) return;
  var link = document.createElement("link");
  link.rel = "stylesheet";
  link.href = style;
  document.head.prepend(link);
}
