// Before the page is live for the first time, its forms and buttons are such as work
// without JavaScript: they are posted to the page's URL. What the user does then waits
// for the page to be live, as long as that is a moment; else it is posted.
var live = false, LONGEST_WAIT = 1500;

// Whether the page was live.
function isLive() { return live; }

function waitForJoin(liveSocket) {
  var waiting = null, posting = false, failed = false;
  live = !document.querySelector("[data-phx-main]"); // what is on such a page waits for nobody

  // What is done twice is done once.
  function hold(event, element, submitter) {
    event.preventDefault();
    event.stopImmediatePropagation();
    if (waiting) return;
    waiting = {element: element, id: element.id, submitter: submitter, isForm: element instanceof HTMLFormElement};
    if (canPost(waiting)) waiting.timer = setTimeout(post, failed ? 0 : LONGEST_WAIT);
  }

  function canPost(act) {
    var form = act.isForm ? act.element : isButton(act.element) && act.element.form;
    return form && form.getAttribute("method") === "post";
  }

  function isButton(element) { return /^_lv_click/.test(element.name || ""); }

  function post() {
    if (live || !waiting) return;
    posting = true;
    liveSocket.disconnect(); // or the page may come to be live while it is left
    if (waiting.isForm) waiting.element.requestSubmit(waiting.submitter);
    else waiting.element.form.requestSubmit(waiting.element);
  }

  function act() {
    var act = waiting, element = act && (act.element.isConnected ? act.element : act.id && document.getElementById(act.id));
    waiting = null;
    if (!act) return;
    clearTimeout(act.timer);
    if (!element) return;
    if (!act.isForm) return element.click();
    var submitter = act.submitter;
    element.requestSubmit(submitter && submitter.isConnected && submitter.form === element && submitter.type === "submit" ? submitter : undefined);
  }

  window.addEventListener("submit", function (e) {
    var form = e.target;
    if (live || !(form instanceof HTMLFormElement) || form.getAttribute("method") !== "post" || !plainFields(form).length) return;
    if (posting) return e.stopImmediatePropagation(); // it is for the browser, not for the client
    hold(e, form, e.submitter);
  }, true);
  window.addEventListener("click", function (e) {
    var element = !live && !posting && e.button === 0 && e.target.closest && e.target.closest("[phx-click]");
    if (!element || element.disabled || element.hasAttribute("href") && element.getAttribute("href") !== "#" || !element.closest("[data-phx-session]")) return;
    hold(e, element);
  }, true);

  liveSocket.getSocket().onError(function () {
    failed = true;
    if (waiting && waiting.timer && !posting) {
      clearTimeout(waiting.timer);
      post();
    }
  });
  window.addEventListener("phx:page-loading-stop", function (e) {
    if (live || !e.detail || e.detail.kind !== "initial") return;
    live = true;
    chooseFiles();
    act();
  });

  // Files that were chosen before there was an upload for them.
  var chosen = [];
  function chooseFiles() {
    chosen.forEach(function (c) {
      var form = c.form && document.getElementById(c.form);
      var input = Array.from((form || document).querySelectorAll("input[type=file]")).find(function (i) { return i.name === c.name; });
      if (!input || input.files.length) return;
      input.files = c.files;
      input.dispatchEvent(new Event("input", {bubbles: true}));
    });
    chosen = [];
  }

  return function () {
    if (live) return;
    chosen = Array.from(document.querySelectorAll("input[type=file]")).filter(function (i) { return i.files.length; })
      .map(function (i) { return {form: i.form && i.form.id, name: i.name, files: i.files}; });
    // The patch would take the engine's fields for those of the user, which stand behind
    // them, and where the page is the user's own (phx-update="ignore") leave them there.
    document.querySelectorAll("input[name='_lv_event']").forEach(function (field) {
      if (!field.form) return;
      field.form.querySelectorAll("button[hidden]:not([name]):not([phx-click])").forEach(function (b) { if (!b.attributes[1]) b.remove(); });
      plainFields(field.form).forEach(function (f) { f.remove(); });
    });
  };
}

// What the engine has put into a form.
function plainFields(form) {
  var own = Array.from(form.querySelectorAll("input[type=hidden]")).filter(function (f) { return /^_lv_(event|change)$/.test(f.name); });
  var token = form.querySelector("input[type=hidden][name=_csrf_token]");
  if (token && (own.length || /^_lv/.test(form.id))) own.push(token);
  return own;
}

// The fields of a form that the user has entered something in since the page was loaded.
function touchedFields(form) {
  return Array.from(form.elements).filter(function (f) {
    if (!f.name || /^(hidden|submit|button|reset|image|file)$/.test(f.type)) return false;
    if (/^(checkbox|radio)$/.test(f.type)) return f.checked !== f.defaultChecked;
    if (f instanceof HTMLSelectElement) return isChosen(f);
    return "defaultValue" in f && f.value !== f.defaultValue;
  });
}

function isChosen(select) {
  var options = Array.from(select.options), preset = options.some(function (o) { return o.defaultSelected; });
  if (!preset && !select.multiple) return select.selectedIndex > 0;
  return options.some(function (o) { return o.selected !== o.defaultSelected; });
}

// What was entered in a form that isn't recovered, as it has no id or no phx-change, stays
// in its fields.
function keepTyped(dom) {
  return Object.assign({}, dom, {onBeforeElUpdated: function (from, to) {
    if (!live && from.form && touchedFields(from.form).indexOf(from) >= 0) takeOver(from, to);
    return dom.onBeforeElUpdated ? dom.onBeforeElUpdated(from, to) : undefined;
  }});
}
