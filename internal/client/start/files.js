// The file inputs whose files the server has, and loses with the page's view: named
// to the view that takes its place.
function inputsWithFiles(element) {
  if (!element) return [];
  return Array.from(element.querySelectorAll("input[data-phx-active-refs]"))
    .filter(function (input) { return input.getAttribute("data-phx-active-refs") !== ""; })
    .map(function (input) { return input.name; });
}

// The client drops empty files and says nothing. Here the server is told, before
// the client looks at what was chosen, dropped or given by a hook.
function noteEmptyFiles(liveSocket) {
  function note(input, files) {
    var ref = input && input.getAttribute && input.getAttribute("data-phx-upload-ref");
    var names = Array.from(files || []).filter(function (f) { return f.size === 0; }).map(function (f) { return f.name || ""; });
    if (ref && names.length) liveSocket.js().push(input, "lv:empty-files", {value: {ref: ref, names: names}});
  }
  window.addEventListener("input", function (e) { note(e.target, e.target.files); }, true);
  window.addEventListener("track-uploads", function (e) { note(e.target, e.detail && e.detail.files); }, true);
  window.addEventListener("drop", function (e) {
    var zone = e.target.closest && e.target.closest("[phx-drop-target]");
    var input = zone && document.getElementById(zone.getAttribute("phx-drop-target"));
    if (input && input.multiple) note(input, e.dataTransfer && e.dataTransfer.files); // else it is an input
  }, true);
}

// A file that fails leaves the form locked that it was submitted with. The answer to
// whatever is sent after the submit unlocks it.
function unlockForms(liveSocket) {
  window.addEventListener("phx:liveview:unlock", function (e) {
    var input = document.getElementById(e.detail.id);
    if (input) liveSocket.js().push(input, "lv:unlock", {value: {}});
  });
}
