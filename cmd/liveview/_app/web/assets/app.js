// Light or dark: as the system has it, or as the visitor has chosen here. It runs ahead of the
// page, so that nothing is painted in the other one first.
(() => {
  const show = theme => document.documentElement.style.setProperty("color-scheme", theme ?? "");
  show(localStorage.getItem("theme"));
  addEventListener("shop:theme", () => {
    const dark = localStorage.getItem("theme") ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
    const theme = dark === "dark" ? "light" : "dark";
    localStorage.setItem("theme", theme);
    show(theme);
  });
  addEventListener("storage", e => { if (e.key === "theme") show(e.newValue); });
})();
