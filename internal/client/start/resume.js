// Files whose connection was lost before a view had made use of them are chosen again when
// the page has joined: an auto upload goes by itself then, and a form that was submitted and
// waited for them is submitted.
//
// Which files those are the page shows, by their refs; the files themselves are kept here, as
// the client forgets them. A file whose entry the view still has, as it was kept, goes on with
// that; any other one comes as a new one, which the client doesn't take for one it has dropped.
var MANY_CUTS = 10; // of one file on its way, after which it is given up

// The form that is submitted again, which nobody needs to be asked about.
var submittedAgain = null;

function keepFiles() {
  var files = new Map();   // those chosen, each with its input's id, whether the server has listed it, and how often it was cut
  var submits = new Map(); // forms whose submit waits for their files
  var cut = [];            // inputs as they were when the connection was lost, until their view has joined
  var liveSocket, connection, taken = false;

  function inputsOf(id) {
    return Array.from(document.querySelectorAll("input[data-phx-active-refs]")).filter(function (input) { return !id || viewOf(input) === id; });
  }

  function note(input, chosen) {
    if (!input || !input.hasAttribute || !input.hasAttribute("data-phx-active-refs")) return;
    Array.from(chosen || []).forEach(function (file) {
      if (file.size > 0 && !files.has(file)) files.set(file, {input: input.id, listed: false, cuts: 0});
    });
  }

  // Those that the server lists, as it does, and then those that it hasn't answered for.
  function filesIn(input) {
    var refs = refsIn(input, "active"), known = new Map();
    files.forEach(function (f, file) { if (file._phxRef !== undefined) known.set(file._phxRef, file); });
    var all = refs.filter(isOfClient).map(function (ref) { return known.get(ref); });
    files.forEach(function (f, file) { if (f.input === input.id && !f.listed && all.indexOf(file) < 0) all.push(file); });
    return input.multiple ? all : all.slice(-1);
  }

  // Takes down what the page shows when its connection is lost, and once more when another
  // is there, as the user may have chosen something meanwhile.
  function remember() {
    var first = !taken;
    taken = true;
    inputsOf().forEach(function (input) {
      var listed = refsIn(input, "active"), chosen = filesIn(input), form = input.form, submit = form && submits.get(form);
      if (!listed.length && !chosen.length) return;
      var sending = refsIn(input, "preflighted"), done = refsIn(input, "done"), view = viewOf(input);
      var complete = chosen.length > 0 && chosen.every(function (file) {
        if (!file) return false;
        var f = files.get(file);
        if (first && sending.indexOf(file._phxRef) >= 0 && done.indexOf(file._phxRef) < 0) f.cuts++;
        return f.cuts < MANY_CUTS;
      });
      cut = cut.filter(function (c) { return c.id !== input.id; });
      cut.push({
        id: input.id, view: view, name: input.name, listed: listed, files: chosen, complete: complete,
        nth: inputsOf(view).filter(function (i) { return i.name === input.name; }).indexOf(input), submit: submit
      });
    });
  }

  // What a join says of them.
  function told(element) {
    if (!element) return {};
    if (liveSocket && liveSocket.getSocket().conn !== connection) {
      remember();
      taken = false;
      connection = liveSocket.getSocket().conn;
    }
    var lost = inputsOf(element.id).filter(function (i) { return refsIn(i, "active").length; }).map(function (i) { return i.name; });
    var again = [];
    cut.forEach(function (c) { if (c.view === element.id) (c.complete ? again : lost).push(c.name); });
    again = again.filter(function (name) { return !cut.some(function (c) { return c.view === element.id && c.name === name && !c.complete; }); });
    lost = lost.filter(function (name) { return again.indexOf(name) < 0; });
    return Object.assign({}, lost.length && {_files_lost: lost}, again.length && {_files_again: again});
  }

  // A view has joined, and the page shows it.
  function joined(view) {
    var own = cut.filter(function (c) { return c.view === view.id; }), gone = [];
    cut = cut.filter(function (c) { return c.view !== view.id; });
    submits.forEach(function (submit, form) { if (submit.view === view.id) submits.delete(form); });
    own.forEach(function (c) {
      if (!c.complete) return;
      var inputs = inputsOf(view.id);
      var input = inputs.find(function (i) { return i.id === c.id; }) || inputs.filter(function (i) { return i.name === c.name; })[c.nth];
      if (input) choose(input, c);
      else if (c.listed.length && gone.indexOf(c.name) < 0) gone.push(c.name);
    });
    if (gone.length) liveSocket.js().push(view.el, "lv:files-lost", {value: {names: gone}});
    submitReady();
  }

  function choose(input, c) {
    var kept = input.id === c.id, listed = refsIn(input, "active"), done = refsIn(input, "done"), chosen = [];
    c.files.forEach(function (file) {
      var ref = file._phxRef;
      if (kept && listed.indexOf(ref) >= 0) {
        if (done.indexOf(ref) < 0) chosen.push(file);
        file._preflightInProgress = false; // as it was over the connection that is lost
      } else {
        var f = files.get(file);
        files.delete(file);
        if (kept && c.listed.indexOf(ref) >= 0) return; // the view has made use of it meanwhile
        file = copyOf(file);
        files.set(file, {input: input.id, listed: false, cuts: f ? f.cuts : 0});
        chosen.push(file);
      }
    });
    if (c.submit && input.form) {
      var waits = submits.get(input.form) || {view: c.view, submitter: c.submit.submitter, entered: c.submit.entered, again: []};
      waits.again.push({input: input, files: chosen});
      submits.set(input.form, waits);
    }
    if (!chosen.length) return;
    if (input.files.length !== 1 || input.files[0] !== chosen[0]) input.value = ""; // or the client takes what is in it
    if (input.form) input.form.setAttribute("phx-value-_lv_recover", "1");
    try {
      input.dispatchEvent(new CustomEvent("track-uploads", {bubbles: true, detail: {files: chosen}}));
    } finally {
      if (input.form) input.form.removeAttribute("phx-value-_lv_recover");
    }
  }

  // Submits the forms whose files the server has listed, and those that go by themselves are on their way.
  function submitReady() {
    submits.forEach(function (submit, form) {
      if (!submit.again || submit.timer) return;
      if (!form.isConnected || submit.again.some(function (a) { return refsIn(a.input, "error").length; })) return submits.delete(form);
      if (!isReady(submit)) return;
      submit.timer = setTimeout(function () { // when what is being patched is
        submit.timer = null;
        if (submits.get(form) !== submit || !isReady(submit) || !liveSocket.isConnected()) return;
        submits.delete(form);
        if (!enterAgain(form, submit.entered)) return; // it isn't the form that was submitted
        submittedAgain = form;
        try {
          form.dispatchEvent(new SubmitEvent("submit", {bubbles: true, cancelable: true, submitter: counterpart(form, submit.submitter)}));
        } finally {
          submittedAgain = null;
        }
      }, 0);
    });
  }

  function isReady(submit) {
    return submit.again.every(function (a) {
      var refs = refsIn(a.input, a.input.hasAttribute("data-phx-auto-upload") ? "preflighted" : "active");
      return a.files.every(function (file) { return refs.indexOf(file._phxRef) >= 0; });
    });
  }

  // Once a patch is through: which files the server lists, and which it doesn't any more.
  function patched() {
    cut = cut.filter(function (c) { return document.getElementById(c.view); });
    if (!cut.length) files.forEach(function (f, file) {
      var input = document.getElementById(f.input);
      if (input && refsIn(input, "active").indexOf(file._phxRef) >= 0) f.listed = true;
      else if (f.listed || !input || file._phxRef !== undefined && !input.hasAttribute("data-phx-ref-lock")) files.delete(file);
    });
    submitReady();
  }

  // A submit waits from the client's pushFormSubmit on, until it is sent or given up.
  function watchSubmits(view) {
    var push = view.pushFormSubmit, upload = view.uploadFiles, cancel = view.cancelSubmit, fail = view.handleFailedEntryPreflight;
    var submitting = null, sending = false;
    view.pushFormSubmit = function (form, target, event, submitter) {
      submits.set(form, {view: this.id, submitter: submitter, entered: enteredIn(form)});
      submitting = form;
      sending = false;
      try {
        return push.apply(this, arguments);
      } finally {
        submitting = null;
        if (!sending && !this.getScheduledSubmit(form)) submits.delete(form);
      }
    };
    view.uploadFiles = function (form, event, target, ref, cid, complete) {
      if (submitting !== form) return upload.apply(this, arguments);
      sending = true;
      var self = this;
      return upload.call(this, form, event, target, ref, cid, function () {
        if (self.isConnected()) submits.delete(form);
        complete.apply(this, arguments);
      });
    };
    view.cancelSubmit = function (form) {
      if (this.isConnected() && submitting !== form) submits.delete(form);
      return cancel.apply(this, arguments);
    };
    view.handleFailedEntryPreflight = function (ref, reason, uploader) {
      if (!uploader.isAutoUpload()) uploader.entries().forEach(function (entry) { submits.delete(entry.fileEl.form); });
      return fail.apply(this, arguments);
    };
  }

  return {
    told: told,
    patched: patched,

    // The client's functions that are replaced are its own affair: in a version that
    // hasn't got them nothing is chosen again, and the view is told that it is lost.
    watch: function (socket) {
      var view = socket.main && Object.getPrototypeOf(socket.main);
      if (!view || !["applyJoinPatch", "pushFormSubmit", "uploadFiles", "cancelSubmit", "getScheduledSubmit", "handleFailedEntryPreflight", "isConnected"].every(function (name) { return view[name]; })) return;
      liveSocket = socket;
      connection = socket.getSocket().conn;
      var apply = view.applyJoinPatch;
      view.applyJoinPatch = function () {
        var result = apply.apply(this, arguments);
        joined(this);
        return result;
      };
      watchSubmits(view);
      dropStalePatches(view);
      socket.getSocket().onClose(remember);
      whenChosen(note);
    }
  };
}

// What was patched in an element while it was locked the client keeps, over a join too that
// unlocks it, and shows it when the element is next unlocked: as it was before the join.
function dropStalePatches(view) {
  var drop = view.dropPendingRefs;
  if (!drop) return;
  view.dropPendingRefs = function () {
    var locked = document.querySelectorAll("[data-phx-ref-src='" + CSS.escape(this.id) + "']");
    locked.forEach(function (e) { if (e.phxPrivate) delete e.phxPrivate["data-phx-ref-lock"]; });
    return drop.apply(this, arguments);
  };
}

function refsIn(input, kind) {
  return (input.getAttribute("data-phx-" + kind + "-refs") || "").split(",").filter(function (ref) { return ref; });
}

// The server gives those of empty files, which the client drops.
function isOfClient(ref) { return ref.length < 16; }

// The id of the view that an element is in.
function viewOf(element) {
  var view = element.closest("[data-phx-session], [data-phx-teleported]");
  return view && (view.getAttribute("data-phx-teleported") || view.id);
}

function copyOf(file) {
  var copy = file instanceof File ? new File([file], file.name, {type: file.type, lastModified: file.lastModified}) : file.slice(0, file.size, file.type);
  if (file.webkitRelativePath) Object.defineProperty(copy, "webkitRelativePath", {value: file.webkitRelativePath});
  if (typeof file.meta === "function") copy.meta = file.meta;
  return copy;
}

// What the user has entered in a form, field by field.
function enteredIn(form) {
  return fieldsOf(form).map(function (f) {
    return {name: f.name, type: f.type, value: f.value, checked: f.checked, chosen: f.options && Array.from(f.options, function (o) { return o.selected && o.value; })};
  });
}

// Puts it back, and reports whether the form still has those fields.
function enterAgain(form, entered) {
  var fields = fieldsOf(form);
  var same = fields.length === entered.length && fields.every(function (f, i) { return f.name === entered[i].name && f.type === entered[i].type; });
  if (same) fields.forEach(function (f, i) {
    var as = entered[i];
    if (f.options) Array.from(f.options).forEach(function (o) { o.selected = as.chosen.indexOf(o.value) >= 0; });
    else if (/^(checkbox|radio)$/.test(f.type)) f.checked = as.checked;
    else if (f.value !== as.value) f.value = as.value;
  });
  return same;
}

function fieldsOf(form) {
  return Array.from(form.elements).filter(function (f) {
    return f.name && /^(INPUT|SELECT|TEXTAREA)$/.test(f.tagName) && !/^(hidden|file|submit|button|reset|image)$/.test(f.type);
  });
}

// The button of a form that stands for one of the form as it was.
function counterpart(form, button) {
  if (!button || button.form === form) return button || null;
  return Array.from(form.elements).find(function (e) {
    return e.type === button.type && e.id === button.id && e.name === button.name && e.value === button.value;
  }) || null;
}
