// Where no WebSocket is to be had the client goes on by long-poll, if the server lets it.
// That is remembered for the tab, for a while: the client itself would never try again. It is
// forgotten as soon as long-poll brings nothing either: the server was away, or a proxy holds
// what is sent.
var POLLS = "liveview:longpoll", REMEMBERED = "phx:fallback:LongPoll"; // the latter is the client's
var TRY_AGAIN = 10 * 60 * 1000; // after which the WebSocket is tried once more
var AWAY = 10 * 1000;           // how long a server whose WebSocket has worked may be away

function rememberPolls(since) {
  try {
    if (since) return sessionStorage.setItem(POLLS, since);
    sessionStorage.removeItem(POLLS);
    sessionStorage.removeItem(REMEMBERED);
  } catch (e) { /* no storage: it is found out anew */ }
}

function pollsSince() {
  try {
    return +sessionStorage.getItem(POLLS) || 0;
  } catch (e) {
    return 0;
  }
}

// The options of a LiveSocket that falls back; after is in milliseconds, 0 for never.
function withPolls(options, after) {
  if (!after || options.transport || "longPollFallbackMs" in options) return options;
  if (Date.now() - pollsSince() >= TRY_AGAIN) rememberPolls(0);
  // Before the client's own: it then has closed what is left to say goodbye by.
  window.addEventListener("pagehide", function () {
    if (window.liveSocket) sayGoodbye(window.liveSocket.getSocket().conn);
  });
  return Object.assign({longPollFallbackMs: after}, options);
}

// A WebSocket that is closed says so by itself.
function sayGoodbye(conn) {
  if (conn && conn.token && conn.pollEndpoint) navigator.sendBeacon(conn.endpointURL());
}

function watchPolls(liveSocket, after) {
  var socket = liveSocket.getSocket(), polls = socket.getLongPollTransport();
  var heard = false, failing = null, last = null;
  if (!after) return;
  socket.onMessage(function () { last = socket.conn; });
  socket.onClose(function () {
    if (socket.closeWasClean) sayGoodbye(last); // it is disconnected, and not lost
    last = null;
  });
  if (!socket.longPollFallbackMs || !window.WebSocket) return;

  function tryAgain() {
    rememberPolls(0);
    socket.transport = window.WebSocket;
  }

  // While the server is away, its WebSocket is refused as is everything else: who then fell
  // back would stay so when it is there again.
  function waitForServer() {
    if (failing) return;
    socket.longPollFallbackMs = 0;
    failing = setTimeout(function () {
      failing = null;
      socket.longPollFallbackMs = after;
      if (socket.closeWasClean) return; // it has been stopped
      if (!socket.isConnected() && !document.hidden && socket.transport !== polls) socket.disconnect(function () { socket.connect(); });
    }, AWAY);
  }

  socket.onMessage(function () {
    if (socket.transport !== polls) {
      clearTimeout(failing);
      failing = null;
    } else if (!heard) {
      if (!pollsSince()) {
        rememberPolls(Date.now());
        console.info("liveview: there is no WebSocket to be had, so the page goes on by long-poll");
      }
    }
    heard = true;
  });
  socket.onClose(function () {
    if (socket.transport !== polls) {
      if (heard) waitForServer();
    } else if (!heard || Date.now() - pollsSince() >= TRY_AGAIN) {
      tryAgain();
    }
    heard = false;
  });

  // A page that stays as it is looks for itself, beside what it has.
  function probe() {
    if (socket.transport !== polls || !socket.isConnected()) return;
    var ws = new WebSocket(socket.endPointURL());
    var timer = setTimeout(function () { ws.close(); }, AWAY);
    ws.onopen = function () { ws.send('[null,"0","phoenix","heartbeat",{}]'); };
    ws.onclose = function () { clearTimeout(timer); };
    ws.onmessage = function () {
      ws.close();
      if (socket.transport !== polls || document.querySelector("[data-phx-ref-lock], [data-phx-ref-loading]")) return;
      tryAgain();
      liveSocket.replaceTransport(window.WebSocket);
    };
  }
  setInterval(probe, TRY_AGAIN);
  window.addEventListener("online", probe);
}
