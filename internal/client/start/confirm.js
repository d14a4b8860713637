// data-confirm asks before a click, or a form's submit, is heard by anybody. How it asks
// is up to the application: window.liveview.confirm(message, element) answers whether to go
// on, or a promise of that, in place of the browser's own dialog.
function askFirst() {
  var agreed = new WeakSet(); // to go on, once

  function ask(e, element, again) {
    if (agreed.delete(element)) return;
    var own = (window.liveview || {}).confirm, message = element.getAttribute("data-confirm");
    var answer = own ? own(message, element) : window.confirm(message);
    if (answer === true) return;
    e.preventDefault();
    e.stopImmediatePropagation();
    if (answer && answer.then) answer.then(function (yes) {
      if (!yes) return;
      agreed.add(element);
      again();
      agreed.delete(element);
    });
  }

  window.addEventListener("click", function (e) {
    var element = e.target.closest && e.target.closest("[data-confirm]:not(form)");
    if (element) ask(e, element, function () { e.target.dispatchEvent(new MouseEvent("click", {bubbles: true, cancelable: true, composed: true})); });
  }, true);
  window.addEventListener("submit", function (e) {
    if (e.target.matches("form[data-confirm]") && e.target !== submittedAgain) ask(e, e.target, function () { e.target.requestSubmit(e.submitter); });
  }, true);
}
