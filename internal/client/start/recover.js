// Where the page joins again, the client sends what was entered in its forms. Here that
// learns three things more: which of them, and of which views; and the server learns what
// it is (Event.Recovered).
//
// The client's functions that are replaced are its own affair: in a version that hasn't
// got them, it recovers as it does without this.
function recoverForms(main) {
  var view = main && Object.getPrototypeOf(main);
  if (!view || !view.onJoin || !view.applyJoinPatch || !view.getFormsForRecovery || !view.pushFormRecovery || !view.eachChild) return;
  recoverNestedForms(view);
  recoverTouchedForms(view);
  recoverChangedForms(view);
}

// Where a nested view joins again and not the page, its forms aren't looked for: only the
// page's own view does that. Here that one does, before its element is patched, for
// itself and for those in it, which join after it.
function recoverNestedForms(view) {
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

// The first join of a page counts as one that follows another for those forms that the user
// has entered something in before it, or that the page is the answer to: without
// JavaScript it was posted, and what is wrong with it is to stay.
function recoverTouchedForms(view) {
  var getForms = view.getFormsForRecovery;
  view.getFormsForRecovery = function () {
    if (this.joinCount > 0 || isLive()) return getForms.call(this);
    this.joinCount = 1;
    try {
      var forms = getForms.call(this);
    } finally {
      this.joinCount = 0;
    }
    Object.keys(forms).forEach(function (id) {
      var form = document.getElementById(id), clone = forms[id], posted = form.hasAttribute("data-lv-posted");
      if (!posted && !touchedFields(form).length) return delete forms[id];
      plainFields(clone).forEach(function (field) { field.remove(); });
      // Who has submitted a form has been to all of its fields.
      if (posted) clone.setAttribute("phx-no-unused-field", "");
      touchedFields(form).forEach(function (field) {
        Array.from(clone.elements).forEach(function (e) { if (e.name === field.name) e.setAttribute("phx-no-unused-field", ""); });
      });
    });
    return forms;
  };
}

// A form that holds what the view, joined again, shows in it anyhow has nothing to recover.
// Its event would be an act that nobody has done: the filter beside a dialog would change
// the URL, and so close the dialog. A form with a phx-auto-recover of its own is sent.
function recoverChangedForms(view) {
  var push = view.pushFormRecovery;
  view.pushFormRecovery = function (oldForm, newForm, dom, callback) {
    var own = newForm.getAttribute("phx-auto-recover"), event = own || newForm.getAttribute("phx-change");
    if (!own && entries(oldForm) === entries(newForm)) return callback();
    newForm.setAttribute("phx-auto-recover", markRecovery(event));
    try {
      return push.apply(this, arguments);
    } finally {
      if (own) newForm.setAttribute("phx-auto-recover", own);
      else newForm.removeAttribute("phx-auto-recover");
    }
  };
}

// The text of what a form would send.
function entries(form) {
  return new URLSearchParams(Array.from(new FormData(form)).filter(function (e) { return typeof e[1] === "string"; })).toString();
}

// A binding that sends what another does, and that it is a recovery.
function markRecovery(binding) {
  var commands = binding.charAt(0) === "[" ? JSON.parse(binding) : [["push", {event: binding}]];
  commands.forEach(function (c) {
    if (c[0] === "push") c[1] = Object.assign({}, c[1], {value: Object.assign({}, c[1].value, {_lv_recover: "1"})});
  });
  return JSON.stringify(commands);
}

// A field in what the view's Mount doesn't show is gone until the form is recovered, and
// the focus with it: it comes back by the field's id.
function keepFocus() {
  var focused = null;
  return {
    note: function () {
      var e = document.activeElement;
      if (!e || !e.id || e === document.body) return;
      focused = {id: e.id, until: Date.now() + 5000};
      try {
        focused.start = e.selectionStart;
        focused.end = e.selectionEnd;
      } catch (error) { /* of a kind that has no selection */ }
    },
    restore: function () {
      var to = focused, e = to && document.getElementById(to.id);
      if (!e || Date.now() > to.until || document.activeElement && document.activeElement !== document.body) return;
      focused = null;
      e.focus({preventScroll: true});
      if (typeof to.start === "number") {
        try {
          e.setSelectionRange(to.start, to.end);
        } catch (error) { /* as above */ }
      }
    },
    forget: function () { focused = null; }
  };
}
