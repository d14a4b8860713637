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
// CSRF token: liveview.ConnectParamsOf reads it. The LiveSocket is window.liveSocket.
(function () {
  "use strict";

  var path = document.currentScript.dataset.path;
  var maxFrame = +document.currentScript.dataset.maxFrame || Infinity;
  var maxFields = +document.currentScript.dataset.maxFields || Infinity;

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
    // A view within the page has an id of the application's, and says nothing of the page.
    if (message.event !== "phx_reply" || message.ref !== message.join_ref || message.topic.indexOf("lv:phx-") !== 0) return;
    var response = reply.response || {};
    if (reply.status === "ok") {
      remember([]);
    } else if (!response.live_redirect) { // which is followed without a load
      var why = response.detail || (response.redirect ? "it leads to " + response.redirect.to : response.reason);
      remember(refusals().concat(why));
      console.info("liveview: the page is loaded, as its join was refused: " + why);
    }
  }

  // What went wrong, for developers: the server sends it to nobody else (Config.Dev).
  // It goes away when the page is well again, by a join where none succeeded, and
  // otherwise by an answer to what comes next.
  var problem = null, problemBox = null;

  function noteProblems(message) {
    if (message.topic.indexOf("lv:") !== 0) return;
    if (message.event === "liveview:problem") return showProblem(message.payload);
    if (!problem || message.event !== "phx_reply" || message.payload.status !== "ok") return;
    var isJoin = message.ref === message.join_ref;
    if (isJoin ? problem.joining : message.ref !== problem.ref) hideProblem();
  }

  function showProblem(p) {
    hideProblem();
    problem = p;
    var details = p.details.map(function (d) { return d[0] + ": " + d[1]; }).join("\n");
    console.error(p.message + "\n" + details);
    // Beside the body, where no view is: the client doesn't patch it.
    problemBox = document.createElement("aside");
    problemBox.id = "liveview-problem";
    problemBox.setAttribute("role", "alert");
    Object.assign(problemBox.style, {position: "fixed", inset: "auto 0 0 0", maxHeight: "50vh", overflow: "auto", zIndex: "2147483647",
      background: "#300", color: "#fff", font: "14px/1.5 monospace", padding: "1em"});
    var close = document.createElement("button");
    close.textContent = "Close";
    close.style.float = "right";
    close.onclick = hideProblem;
    var title = document.createElement("strong"), text = document.createElement("pre");
    title.textContent = p.message;
    text.textContent = details;
    text.style.whiteSpace = "pre-wrap";
    problemBox.append(close, title, text);
    document.documentElement.append(problemBox);
  }

  function hideProblem() {
    if (problemBox) problemBox.remove();
    problem = problemBox = null;
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
      var lost = inputsWithFiles(element);
      return Object.assign({}, params, {_csrf_token: token.content}, lost.length ? {_files_lost: lost} : {});
    };
    options.dom = keepUnsent(options.dom || {});
    window.liveSocket = new window.LiveView.LiveSocket(path, window.Phoenix.Socket, options);
    yieldWhenTold(window.liveSocket.getSocket());
    window.liveSocket.getSocket().onMessage(noteJoins);
    window.liveSocket.getSocket().onMessage(noteProblems);
    noteEmptyFiles(window.liveSocket);
    unlockForms(window.liveSocket);
    window.liveSocket.connect();
    recoverNestedForms(window.liveSocket.main);
  }

  // Where the page joins again, the client sends what was entered in its forms, those of
  // nested views too. Where a nested view joins again and not the page, it doesn't: only
  // the page's own view looks for forms. Here that one does, before its element is patched,
  // for itself and for those in it, which join after it.
  function recoverNestedForms(main) {
    var view = main && Object.getPrototypeOf(main);
    if (!view || !view.onJoin || !view.applyJoinPatch || !view.getFormsForRecovery || !view.eachChild) return; // in another version of the client
    var onJoin = view.onJoin, applyJoinPatch = view.applyJoinPatch, found = new WeakMap();
    view.onJoin = function (response) {
      var root = this.root, before = root.formsForRecovery, isAlone = root !== this && !this.parent.isJoinPending();
      if (isAlone) {
        root.formsForRecovery = Object.assign({}, before, found.get(this), this.getFormsForRecovery());
        found.set(this, root.formsForRecovery);
      }
      try {
        return onJoin.call(this, response);
      } finally {
        if (isAlone) root.formsForRecovery = before;
      }
    };
    view.applyJoinPatch = function () {
      var result = applyJoinPatch.apply(this, arguments), forms = found.get(this);
      if (forms) this.eachChild(function (child) { found.set(child, forms); });
      found.delete(this);
      return result;
    };
  }

  // The server refuses a form that is too large, so it never learns what is in it,
  // and what it shows by its next answer is without it. So the controls of such a
  // form stay as the user left them, until the form is small enough again.
  function keepUnsent(dom) {
    var unsent = new WeakSet();
    window.addEventListener("phx:push", function (e) {
      var payload = e.detail.payload, form = e.target.form || e.target;
      if (!payload || payload.type !== "form" || !(form instanceof HTMLFormElement)) return;
      // A form is sent urlencoded, in ASCII; beside it there is little else.
      var isLarge = payload.value.length + JSON.stringify(payload.meta || {}).length + 512 > maxFrame;
      if (isLarge || countFields(payload.value) > maxFields) unsent.add(form);
      else unsent.delete(form);
    });
    return Object.assign({}, dom, {onBeforeElUpdated: function (from, to) {
      if (from.form && unsent.has(from.form)) {
        if (from instanceof HTMLSelectElement) {
          var chosen = Array.from(from.selectedOptions, function (o) { return o.value; });
          Array.from(to.options).forEach(function (o) { o.selected = chosen.indexOf(o.value) >= 0; });
        } else if (from.type === "checkbox" || from.type === "radio") {
          to.checked = from.checked;
        } else if (/^(INPUT|TEXTAREA)$/.test(from.tagName) && !/^(file|hidden|submit|reset|button|image)$/.test(from.type)) {
          to.value = from.value;
        }
      }
      return dom.onBeforeElUpdated ? dom.onBeforeElUpdated(from, to) : undefined;
    }});
  }

  // The fields of a form as it is sent, without the client's marks of unused ones.
  function countFields(form) {
    return form.split("&").filter(function (field) { return field && !/^[^=]*_unused_/.test(field); }).length;
  }

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

  // A socket closed with 1008 (RFC 6455: policy violation) had more than its
  // share. Its page comes back after a while, and not at once.
  function yieldWhenTold(socket) {
    socket.onClose(function (event) {
      // 1009: a message was larger than is even read. What is in the page's forms
      // would be sent again, so that the socket is closed again.
      if (event.code === 1009) {
        socket.disconnect();
        document.documentElement.classList.add("liveview-refused");
        console.error("liveview: the page sent a message that is far too large, and stays as it is: nothing more is sent");
      }
      if (event.code !== 1008) return;
      socket.disconnect(); // or it tries by itself
      setTimeout(function () { socket.connect(); }, 5000 + Math.random() * 5000);
    });
  }

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
