// What the components need beyond what browsers do by themselves: arrow keys in menus and tabs,
// and toasts that go. Without it the pages work, by Tab and by links. Load it before the start
// script of liveview.
(function () {
  "use strict";

  function step(list, from, key) {
    var at = list.indexOf(from), last = list.length - 1;
    switch (key) {
      case "ArrowDown": case "ArrowRight": return list[at === last ? 0 : at + 1];
      case "ArrowUp": case "ArrowLeft": return list[at <= 0 ? last : at - 1];
      case "Home": return list[0];
      case "End": return list[last];
    }
  }

  // WAI-ARIA practices, "Menu Button".
  var UIMenu = {
    mounted() {
      var hook = this, menu = this.el, button = document.getElementById(menu.id + "-button"), typed = "", typedAt = 0;
      this.button = button;
      this.items = function () { return Array.from(menu.querySelectorAll("[role^=menuitem]:not(:disabled)")); };
      this.rove();
      this.open = function (e) {
        if (e.key !== "ArrowDown" && e.key !== "ArrowUp") return;
        e.preventDefault();
        menu.showPopover({source: button});
        hook.items().at(e.key === "ArrowUp" ? -1 : 0).focus();
      };
      if (button) button.addEventListener("keydown", this.open);
      menu.addEventListener("toggle", function (e) {
        if (e.newState === "open" && !menu.contains(document.activeElement) && hook.items().length) hook.items()[0].focus();
      });
      menu.addEventListener("keydown", function (e) {
        var items = hook.items(), to = /Left|Right/.test(e.key) ? null : step(items, document.activeElement, e.key);
        if (e.key === "Tab") {
          menu.hidePopover();
          return; // on to what follows the button
        }
        if (!to && e.key.length === 1 && e.key !== " " && !e.ctrlKey && !e.metaKey && !e.altKey) {
          typed = (e.timeStamp - typedAt < 700 ? typed : "") + e.key.toLowerCase();
          typedAt = e.timeStamp;
          var at = items.indexOf(document.activeElement) + (typed.length === 1 ? 1 : 0);
          to = items.slice(at).concat(items.slice(0, at)).find(function (i) { return i.textContent.trim().toLowerCase().indexOf(typed) === 0; });
        }
        if (!to) return;
        e.preventDefault();
        to.focus();
      });
      menu.addEventListener("click", function (e) {
        if (e.target.closest("[role^=menuitem]")) menu.hidePopover();
      });
    },
    updated() { this.rove(); },
    destroyed() { if (this.button) this.button.removeEventListener("keydown", this.open); },
    // One place in the order of Tab, and the keys go on from there.
    rove() { this.items().forEach(function (i) { if (i.tabIndex !== -1) this.js().setAttribute(i, "tabindex", "-1"); }, this); }
  };

  // WAI-ARIA practices, "Tabs", which show what they are for as the focus comes to them.
  var UITabs = {
    mounted() {
      var hook = this;
      this.tabs = function () { return Array.from(hook.el.querySelectorAll("[role=tab]")); };
      this.rove();
      this.el.addEventListener("keydown", function (e) {
        var to = /Up|Down/.test(e.key) ? null : step(hook.tabs(), document.activeElement, e.key === " " ? "" : e.key);
        if (e.key === " " && document.activeElement.matches("[role=tab]")) to = document.activeElement;
        if (!to) return;
        e.preventDefault();
        to.focus();
        to.click();
      });
    },
    updated() { this.rove(); },
    rove() {
      this.tabs().forEach(function (t) {
        this.js().setAttribute(t, "tabindex", t.getAttribute("aria-selected") === "true" ? "0" : "-1");
      }, this);
    }
  };

  // A toast goes after data-seconds, which rest while somebody is at one of them.
  var UIToast = {
    mounted() {
      var hook = this, el = this.el, stack = el.parentElement, left = Number(el.dataset.seconds) * 1000, since = 0, timer = 0;
      function isWatched() { return document.hidden || stack.matches(":hover, :focus-within"); }
      function dismiss() { el.querySelector("button").click(); }
      this.turn = function () {
        if (timer) left -= Date.now() - since;
        clearTimeout(timer);
        timer = 0;
        if (!left || isWatched()) return;
        since = Date.now();
        timer = setTimeout(dismiss, Math.max(left, 1000));
      };
      this.stop = function () {
        clearTimeout(timer);
        ["mouseenter", "mouseleave", "focusin", "focusout"].forEach(function (on) { stack.removeEventListener(on, hook.later); });
        document.removeEventListener("visibilitychange", hook.turn);
      };
      this.later = function () { requestAnimationFrame(hook.turn); }; // once the focus is where it goes
      ["mouseenter", "mouseleave", "focusin", "focusout"].forEach(function (on) { stack.addEventListener(on, hook.later); });
      document.addEventListener("visibilitychange", this.turn);
      // Whoever takes one away by keyboard goes on with the next.
      el.querySelector("button").addEventListener("click", function () {
        if (!el.contains(document.activeElement)) return;
        var next = el.nextElementSibling || el.previousElementSibling;
        (next ? next.querySelector("button") : stack).focus();
      });
      this.turn();
    },
    destroyed() { this.stop(); }
  };

  var app = window.liveview = window.liveview || {};
  app.hooks = Object.assign({UIMenu: UIMenu, UITabs: UITabs, UIToast: UIToast}, app.hooks);

  // Tooltips go on Escape, and come again with the next hover or focus.
  document.addEventListener("keydown", function (e) {
    if (e.key !== "Escape") return;
    document.querySelectorAll(".ui-tooltip:is(:hover, :focus-within)").forEach(function (tip) {
      tip.dataset.dismissed = "";
      function back() {
        delete tip.dataset.dismissed;
        tip.removeEventListener("mouseleave", back);
        tip.removeEventListener("focusout", back);
      }
      tip.addEventListener("mouseleave", back);
      tip.addEventListener("focusout", back);
    });
  });

  // The server closes a dialog.
  document.addEventListener("ui:close", function (e) { if (e.target.close) e.target.close(); });

  // Or says that a form has errors: the focus goes to the first field that is wrong.
  document.addEventListener("ui:invalid", function (e) {
    var wrong = e.target.querySelector("[aria-invalid=true]");
    if (wrong) (wrong.matches("fieldset") ? wrong.querySelector("input") : wrong).focus();
  });

  // Browsers from before 2025 don't know buttons that open dialogs.
  if (!("commandForElement" in HTMLButtonElement.prototype)) {
    document.addEventListener("click", function (e) {
      var button = e.target.closest("button[commandfor]"), dialog = button && document.getElementById(button.getAttribute("commandfor"));
      if (!dialog) return;
      if (button.getAttribute("command") === "show-modal") dialog.showModal();
      else dialog.close();
    });
  }
})();
