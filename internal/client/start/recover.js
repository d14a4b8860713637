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
