// What events of keys and clicks say of the keys that are held. Those that aren't held
// are left out.
function heldKeys(names) {
  return function (e) {
    var held = {};
    names.forEach(function (name) { if (e[name]) held[name] = true; });
    return held;
  };
}

function withHeldKeys(own) {
  var modifiers = ["altKey", "ctrlKey", "metaKey", "shiftKey"], key = heldKeys(modifiers.concat("repeat"));
  return Object.assign({click: heldKeys(modifiers), keydown: key, keyup: key}, own);
}

// An element with phx-window-keydown, or -keyup, and data-shortcut hears no key that the
// user types into a field; if data-shortcut names keys, as in "mod+k", "shift+delete" or
// "j k ?", no other key either, and the browser does nothing of its own for those. mod is
// the command key on Apple's machines and ctrl on others.
function holdShortcuts(liveSocket) {
  var debounce = liveSocket.debounce, isApple = /Mac|iP(hone|ad|od)/.test(navigator.platform);
  if (typeof debounce !== "function") return; // in another version of the client

  function isTyping(e) {
    var field = e.target;
    if (e.isComposing) return true;
    if (!field.matches || !(field.isContentEditable ||
      field.matches("textarea, select, input:not([type=button], [type=checkbox], [type=radio], [type=submit], [type=reset], [type=image], [type=color], [type=range], [type=file])"))) return false;
    var isCommand = (e.ctrlKey || e.metaKey) && !(e.getModifierState && e.getModifierState("AltGraph"));
    return !isCommand && e.key !== "Escape" && !/^F\d+$/.test(e.key);
  }

  function isKey(e, shortcut) {
    var parts = shortcut.toLowerCase().split("+"), key = parts.pop() || "+";
    function wants(name) {
      return parts.indexOf(name) >= 0 || (parts.indexOf("mod") >= 0 && name === (isApple ? "meta" : "ctrl"));
    }
    var pressed = (e.key || "").toLowerCase();
    if (pressed === " ") pressed = "space";
    // Shift is a part of how a sign such as ? is typed.
    var isSign = pressed.length === 1 && pressed.toUpperCase() === pressed;
    return pressed === key && e.ctrlKey === wants("ctrl") && e.metaKey === wants("meta") && e.altKey === wants("alt") &&
      (e.shiftKey === wants("shift") || isSign && !wants("shift"));
  }

  liveSocket.debounce = function (element, e, type) {
    if ((type === "keydown" || type === "keyup") && element.hasAttribute("data-shortcut")) {
      var shortcuts = element.getAttribute("data-shortcut").split(/\s+/).filter(Boolean);
      if (isTyping(e) || shortcuts.length && !shortcuts.some(function (s) { return isKey(e, s); })) return;
      if (shortcuts.length) e.preventDefault();
    }
    return debounce.apply(this, arguments);
  };
}
