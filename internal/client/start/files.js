// Calls fn with each file input in which files are chosen, and those, before the client
// looks at what was chosen, dropped or given by a hook.
function whenChosen(fn) {
  window.addEventListener("input", function (e) { fn(e.target, e.target.files); }, true);
  window.addEventListener("track-uploads", function (e) { fn(e.target, e.detail && e.detail.files); }, true);
  window.addEventListener("drop", function (e) {
    var zone = e.target.closest && e.target.closest("[phx-drop-target]");
    var input = zone && document.getElementById(zone.getAttribute("phx-drop-target"));
    if (input && input.multiple) fn(input, e.dataTransfer && e.dataTransfer.files); // else it is an input
  }, true);
}

// The client drops empty files and says nothing. Here the server is told.
function noteEmptyFiles(liveSocket) {
  whenChosen(function (input, files) {
    var ref = input && input.getAttribute && input.getAttribute("data-phx-upload-ref");
    var names = Array.from(files || []).filter(function (f) { return f.size === 0; }).map(function (f) { return f.name || ""; });
    if (ref && names.length) liveSocket.js().push(input, "lv:empty-files", {value: {ref: ref, names: names}});
  });
}

// A file that fails leaves the form locked that it was submitted with. The answer to
// whatever is sent after the submit unlocks it.
function unlockForms(liveSocket) {
  window.addEventListener("phx:liveview:unlock", function (e) {
    var input = document.getElementById(e.detail.id);
    if (input) liveSocket.js().push(input, "lv:unlock", {value: {}});
  });
}
