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
    if (from.form && unsent.has(from.form)) takeOver(from, to);
    return dom.onBeforeElUpdated ? dom.onBeforeElUpdated(from, to) : undefined;
  }});
}

// takeOver has one control hold what the user has entered in another.
function takeOver(from, to) {
  if (from instanceof HTMLSelectElement) {
    var chosen = Array.from(from.selectedOptions, function (o) { return o.value; });
    Array.from(to.options).forEach(function (o) { o.selected = chosen.indexOf(o.value) >= 0; });
  } else if (from.type === "checkbox" || from.type === "radio") {
    to.checked = from.checked;
  } else if (/^(INPUT|TEXTAREA)$/.test(from.tagName) && !/^(file|hidden|submit|reset|button|image)$/.test(from.type)) {
    to.value = from.value;
  }
}

// The fields of a form as it is sent, without the client's marks of unused ones.
function countFields(form) {
  return form.split("&").filter(function (field) { return field && !/^[^=]*_unused_/.test(field); }).length;
}
