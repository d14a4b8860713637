// Light or dark: as the system has it, or as the visitor has chosen here. It runs ahead of the
// page, so that nothing is painted in the other one first.
(() => {
  const show = theme => document.documentElement.style.setProperty("color-scheme", theme ?? "");
  show(localStorage.getItem("theme"));
  addEventListener("desk:theme", () => {
    const dark = localStorage.getItem("theme") ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
    const theme = dark === "dark" ? "light" : "dark";
    localStorage.setItem("theme", theme);
    show(theme);
  });
  addEventListener("storage", e => { if (e.key === "theme") show(e.newValue); });
})();

// A key opens a dialog, as a button does by itself.
addEventListener("desk:open", e => { if (e.target.showModal && !e.target.open) e.target.showModal(); });

// Ctrl or ⌘ and Enter sends the form of a text.
addEventListener("keydown", e => {
  if (e.key === "Enter" && (e.ctrlKey || e.metaKey) && e.target.matches?.("[data-submits]")) e.target.form.requestSubmit();
});

// Cards of the board are dragged from column to column. The server moves them: nothing is moved
// here, so nothing is to be undone.
window.liveview = {hooks: {Board: {
  mounted() {
    let card = null;
    const over = e => card && e.target.closest?.("[data-status]");
    const mark = column => this.el.querySelectorAll("[data-status]").forEach(c => c.toggleAttribute("data-over", c === column));
    this.el.addEventListener("dragstart", e => {
      card = e.target.closest?.("[data-card]");
      if (card) e.dataTransfer.effectAllowed = "move";
    });
    this.el.addEventListener("dragover", e => {
      const column = over(e);
      if (!column) return;
      e.preventDefault();
      mark(column);
    });
    this.el.addEventListener("drop", e => {
      const column = over(e);
      if (!column) return;
      e.preventDefault();
      this.pushEvent("drop", {card: card.dataset.card, status: column.dataset.status});
    });
    this.el.addEventListener("dragend", () => { card = null; mark(null); });
  }
}}};
