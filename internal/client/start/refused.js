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
  if (!isJoin(message)) return;
  var response = reply.response || {};
  if (reply.status === "ok") {
    remember([]);
  } else if (!response.live_redirect) { // which is followed without a load
    var why = response.detail || (response.redirect ? "it leads to " + response.redirect.to : response.reason);
    remember(refusals().concat(why));
    console.info("liveview: the page is loaded, as its join was refused: " + why);
  }
}

// Whether a message answers a join of the page. A view within the page has an id of the
// application's, and says nothing of the page.
function isJoin(message) {
  return message.event === "phx_reply" && message.ref === message.join_ref && message.topic.indexOf("lv:phx-") === 0;
}
