// What the pages do beside being read: search, from the index beside this file; "/" goes there.
// Code can be copied, the contents show where one is, and examples are as high as they need.
(() => {
  const site = new URL(".", document.currentScript.src);
  const form = document.querySelector(".search"), input = form.querySelector("input");
  const found = document.getElementById("found"), status = document.getElementById("found-status");
  form.hidden = false;

  // The index comes when the search is first used, as a script: so pages on a disk have it too.
  let index;
  const load = () => index ??= new Promise((done, failed) => {
    const script = document.createElement("script");
    script.src = new URL("search.js", site);
    script.onload = () => done({...window.searchIndex, all: Object.keys(window.searchIndex.words).sort()});
    script.onerror = failed;
    document.head.append(script);
  });

  const wordsOf = (text) => text.toLowerCase().match(/[\p{L}\p{Nd}]+/gu) ?? [];

  // What a word finds: entries that have it or, as it may not be written to its end, one that
  // begins so; and what it counts in each.
  const look = ({words, all}, word) => {
    const counts = new Map();
    const add = (key, share) => {
      const list = words[key] ?? [];
      for (let i = 0; i < list.length; i += 2) counts.set(list[i], Math.max(counts.get(list[i]) ?? 0, list[i + 1] * share));
    };
    if (Object.hasOwn(words, word)) add(word, 1);
    if (word.endsWith("s") && Object.hasOwn(words, word.slice(0, -1))) add(word.slice(0, -1), .8);
    if (word.length > 2) {
      let from = 0, to = all.length;
      while (from < to) { const middle = (from + to) >> 1; if (all[middle] < word) from = middle + 1; else to = middle; }
      for (; all[from]?.startsWith(word); from++) if (all[from] !== word) add(all[from], .5 * word.length / all[from].length + .2);
    }
    return counts;
  };

  // A message that was pasted has a sentence if it has its parts, in their order. Of several the
  // last counts, as causes follow what they cause, and of those the longest.
  const plain = (text) => text.replace(/[\\"]/g, "").replace(/\s+/g, " ");
  const says = (message, sentence) => {
    let at = 0, length = 0;
    for (const part of plain(sentence).split("…")) {
      if (!part.trim()) continue;
      const i = message.indexOf(part, at);
      if (i < 0) return 0;
      at = i + part.length;
      length += part.trim().length;
    }
    return length < 8 ? 0 : 1000 + at + length / 1000;
  };

  const search = (index, question) => {
    const asked = [...new Set(wordsOf(question))], message = plain(question);
    const counts = new Map();
    for (const word of asked) for (const [i, n] of look(index, word)) {
      const sum = counts.get(i) ?? {n: 0, words: 0};
      counts.set(i, {n: sum.n + n, words: sum.words + 1});
    }
    return [...counts].map(([i, c]) => {
      const n = c.n * (c.words / asked.length) ** 2;
      const said = Math.max(0, ...(index.entries[i].s ?? []).map((s) => says(message, s)));
      return {...index.entries[i], n: said || n, i};
    }).sort((a, b) => b.n - a.n || a.i - b.i).slice(0, 12);
  };
  window.searchSite = async (question) => search(await load(), question); // for those who look from elsewhere, and tests

  const make = (tag, text, className) => {
    const e = document.createElement(tag);
    if (text !== undefined) e.textContent = text;
    if (className) e.className = className;
    return e;
  };

  // A text with the words that were asked for marked.
  const marked = (tag, text, asked, className) => {
    const e = make(tag, undefined, className);
    const pattern = asked.filter((w) => w.length > 2 || asked.length === 1).join("|");
    if (!pattern) { e.textContent = text; return e; }
    text.split(new RegExp(`(?<![\\p{L}\\p{Nd}])(${pattern})`, "iu")).forEach((part, i) => e.append(i % 2 ? make("mark", part) : part));
    return e;
  };
  const around = (text, asked) => {
    const at = asked.map((w) => text.toLowerCase().indexOf(w)).filter((i) => i >= 0);
    const from = Math.max(0, (at.length ? Math.min(...at) : 0) - 60);
    return (from ? "…" : "") + text.slice(from, from + 220);
  };

  let turn = 0;
  const show = async () => {
    const question = input.value.trim(), mine = ++turn;
    if (!question) { hide(); status.textContent = ""; return; }
    let results;
    try { results = search(await load(), question); } catch { return; }
    if (mine !== turn) return;
    const asked = wordsOf(question);
    const list = make("ol");
    for (const r of results) {
      const link = make("a");
      link.href = new URL(r.u, site);
      link.append(marked("strong", r.t, asked, r.s ? "says" : ""));
      if (r.p !== r.t) link.append(" ", make("small", r.p));
      if (r.x) link.append(marked("p", around(r.x, asked), asked));
      const entry = make("li");
      entry.append(link);
      list.append(entry);
    }
    found.replaceChildren(results.length ? list : make("p", "Nothing has these words.", "none"));
    found.hidden = false;
    status.textContent = results.length ? `${results.length} found` : "Nothing found";
  };
  const hide = () => { found.hidden = true; };

  input.addEventListener("focus", () => { load(); if (input.value) show(); });
  input.addEventListener("input", show);
  form.addEventListener("submit", async (e) => {
    e.preventDefault();
    await show();
    const first = found.querySelector("a");
    if (first) { location.href = first.href; hide(); input.blur(); }
  });
  form.addEventListener("focusout", (e) => { if (!form.contains(e.relatedTarget)) hide(); });
  form.addEventListener("mousedown", (e) => { if (e.target !== input) e.preventDefault(); }); // which would take the focus, and the list with it
  form.addEventListener("click", (e) => { if (e.target.closest("#found a")) hide(); });
  form.addEventListener("keydown", (e) => {
    const links = [...found.querySelectorAll("a")], at = links.indexOf(document.activeElement);
    if (e.key === "Escape") { if (!found.hidden) e.preventDefault(); hide(); input.focus(); hide(); }
    else if (e.key === "ArrowDown" && links.length) { e.preventDefault(); links[Math.min(at + 1, links.length - 1)].focus(); }
    else if (e.key === "ArrowUp" && at >= 0) { e.preventDefault(); (links[at - 1] ?? input).focus(); }
  });
  addEventListener("keydown", (e) => {
    if (e.key !== "/" || e.ctrlKey || e.metaKey || e.altKey || e.target.closest?.("input, textarea, select, [contenteditable]")) return;
    e.preventDefault();
    input.focus();
    input.select();
  });

  // Where one is.
  const contents = document.getElementById("contents"), here = contents.querySelector("[aria-current]");
  if (here) contents.scrollTop = here.offsetTop - contents.clientHeight / 2;
  for (const menu of document.querySelectorAll("[popover]")) {
    menu.addEventListener("click", (e) => { if (e.target.closest("a") && menu.matches(":popover-open")) menu.hidePopover(); });
  }
  const links = new Map([...document.querySelectorAll("#headings a")].map((a) => [decodeURIComponent(a.hash.slice(1)), a]));
  const headings = [...document.querySelectorAll("article :is(h2, h3)[id]")].filter((h) => links.has(h.id));
  let waiting = false, current;
  const follow = () => {
    waiting = false;
    const passed = headings.filter((h) => h.getBoundingClientRect().top < innerHeight / 4);
    const link = links.get(passed.at(-1)?.id);
    if (link === current) return;
    current?.removeAttribute("aria-current");
    link?.setAttribute("aria-current", "true");
    const list = document.getElementById("headings");
    if (link && (link.offsetTop < list.scrollTop || link.offsetTop > list.scrollTop + list.clientHeight - 60)) list.scrollTop = link.offsetTop - list.clientHeight / 2;
    current = link;
  };
  if (headings.length) {
    addEventListener("scroll", () => { if (!waiting) { waiting = true; requestAnimationFrame(follow); } }, {passive: true});
    follow();
  }

  // Code: what is wider than its place is scrolled by keyboard too, and a button copies it.
  for (const pre of document.querySelectorAll("article pre")) {
    const box = make("div", undefined, "code");
    pre.replaceWith(box);
    box.append(pre);
    new ResizeObserver(() => { if (pre.scrollWidth > pre.clientWidth) pre.tabIndex = 0; else pre.removeAttribute("tabindex"); }).observe(pre);
    if (!navigator.clipboard) continue;
    const button = make("button", "Copy", "copy");
    button.type = "button";
    button.addEventListener("click", async () => {
      try { await navigator.clipboard.writeText(pre.textContent); button.textContent = "Copied"; } catch { button.textContent = "Not copied"; }
      setTimeout(() => { button.textContent = "Copy"; }, 1500);
    });
    box.append(button);
  }

  // Examples are of this site, so their height can be read.
  for (const frame of document.querySelectorAll(".live iframe")) {
    const fit = () => {
      const body = frame.contentDocument?.body;
      if (!body) return;
      new ResizeObserver(() => { frame.style.height = Math.min(640, Math.ceil(body.getBoundingClientRect().height) + 2) + "px"; }).observe(body);
    };
    frame.addEventListener("load", fit);
    if (frame.contentDocument?.readyState === "complete") fit();
  }
})();
