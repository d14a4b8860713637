// Commands that the server has the page run, for the element of a view or of a live
// component in it (Socket.PushJS). One that has gone from the page runs none.
function runCommands(liveSocket) {
  window.addEventListener("phx:liveview:js", function (e) {
    var view = document.getElementById(e.detail.id), element = view;
    if (view && e.detail.cid) {
      element = Array.from(view.querySelectorAll("[data-phx-component='" + e.detail.cid + "']"))
        .find(function (el) { return el.parentElement.closest("[data-phx-session]") === view; });
    }
    if (element) liveSocket.execJS(element, JSON.stringify(e.detail.js), "hook");
  });
}
