// A link or button with data-method sends a form: by POST, with the method in _method if
// that is another one, and with the page's CSRF token. It goes to data-to, or the link's
// href. Whoever has prevented the click, data-confirm for instance, prevents that.
function sendByMethod() {
  window.addEventListener("click", function (e) {
    var element = e.target.closest && e.target.closest("[data-method]");
    if (!element || element.tagName === "FORM" || e.defaultPrevented) return;
    var token = document.querySelector("meta[name='csrf-token']");
    var method = element.getAttribute("data-method").toLowerCase(), isGet = method === "get";
    var form = document.createElement("form"), submit = document.createElement("button");
    form.method = isGet ? "get" : "post";
    form.action = element.getAttribute("data-to") || element.getAttribute("href") || "";
    if (new URL(form.action, location.href).origin !== location.origin) token = null;
    var target = element.getAttribute("target");
    if (target) form.target = target;
    form.hidden = true;
    function put(name, value) {
      var input = document.createElement("input");
      input.type = "hidden";
      input.name = name;
      input.value = value;
      form.append(input);
    }
    if (token && !isGet) put("_csrf_token", token.content);
    if (!isGet && method !== "post") put("_method", method);
    e.preventDefault();
    form.append(submit);
    document.body.append(form);
    submit.click();
    form.remove();
  });
}
