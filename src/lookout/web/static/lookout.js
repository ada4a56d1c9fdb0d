// What the pages do beyond links and forms. Every page works without this file.
(() => {
  "use strict";
  const root = document.documentElement;
  const one = (selector, from = document) => from.querySelector(selector);
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];
  const reveal = (from = document) => all("[data-theme-switch], [data-copy], [data-print], #drawer [data-close]", from).forEach((b) => { b.hidden = false; });

  // ---- light and dark -------------------------------------------------------------------------
  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches);
  const switchTheme = () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    document.cookie = `theme=${root.dataset.theme};path=/;max-age=31536000;samesite=lax`;
    document.dispatchEvent(new CustomEvent("theme"));
  };

  // ---- evidence drawer ------------------------------------------------------------------------
  const drawer = one("#drawer");
  let opener = null;
  const closeDrawer = () => {
    if (!drawer || drawer.hidden) return;
    drawer.hidden = true;
    drawer.replaceChildren();
    if (opener) opener.focus();
  };
  const openDrawer = async (link) => {
    opener = link;
    drawer.replaceChildren(Object.assign(document.createElement("p"), { textContent: drawer.dataset.loading, className: "muted", role: "status" }));
    drawer.hidden = false;
    drawer.focus();
    const answer = await fetch(link.href, { headers: { "HX-Request": "true" }, credentials: "same-origin" });
    // Signed out or failed: the page of its own says what happened.
    if (!answer.ok || answer.redirected) { location.href = link.href; return; }
    const parsed = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (drawer.hidden || opener !== link) return;
    drawer.replaceChildren(...parsed.body.childNodes);
    drawer.scrollTop = 0;
    reveal(drawer);
    drawer.focus();
    const row = link.hash && document.getElementById(link.hash.slice(1));
    if (row) { row.classList.add("cursor"); row.scrollIntoView({ block: "center" }); }
  };

  // ---- clicks ---------------------------------------------------------------------------------
  const copy = async (button) => {
    try { await navigator.clipboard.writeText(button.dataset.copy); }
    catch {
      const field = Object.assign(document.createElement("textarea"), { value: button.dataset.copy });
      document.body.append(field); field.select(); document.execCommand("copy"); field.remove();
    }
    const note = Object.assign(document.createElement("small"), { textContent: button.dataset.done, role: "status" });
    button.after(note);
    setTimeout(() => note.remove(), 1600);
  };
  document.addEventListener("click", (event) => {
    const target = event.target;
    const button = target.closest("button");
    if (button && "themeSwitch" in button.dataset) return switchTheme();
    if (button && button.dataset.copy) return copy(button);
    if (button && "print" in button.dataset) return window.print();
    if (button && "close" in button.dataset) return closeDrawer();
    const link = target.closest("a[data-drawer]");
    if (link && drawer && !event.ctrlKey && !event.metaKey && !event.shiftKey) { event.preventDefault(); return openDrawer(link); }
    if (drawer && !drawer.hidden && !drawer.contains(target)) closeDrawer();
    if (!target.closest("form.search")) one("#suggestions")?.replaceChildren();
    all("details.menu[open]").forEach((menu) => { if (!menu.contains(target)) menu.open = false; });
    const row = target.closest("[data-href]");
    if (row && !target.closest("a, button, input, summary") && !String(getSelection())) location.href = row.dataset.href;
  });

  document.addEventListener("change", (event) => {
    const name = event.target.dataset?.checkAll;
    if (name) all(`input[type="checkbox"][name="${name}"]`).forEach((box) => { box.checked = event.target.checked; });
  });

  // ---- keyboard -------------------------------------------------------------------------------
  const rows = () => all("table[data-rows] tbody tr[data-href]");
  const move = (step) => {
    const list = rows();
    if (!list.length) return;
    const at = list.findIndex((row) => row.classList.contains("cursor"));
    const next = list[Math.max(0, Math.min(list.length - 1, at + step))];
    list.forEach((row) => row.classList.toggle("cursor", row === next));
    next.scrollIntoView({ block: "nearest" });
  };
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      closeDrawer();
      one("#suggestions")?.replaceChildren();
      all("details.menu[open]").forEach((menu) => { menu.open = false; if (menu.contains(event.target)) one("summary", menu).focus(); });
      return;
    }
    if (event.target.closest("input, select, textarea") || event.ctrlKey || event.metaKey || event.altKey) return;
    const keyed = all("[data-key]").find((one) => one.dataset.key === event.key);
    if (keyed) { event.preventDefault(); keyed.click(); return; }
    if (event.key === "/") { const box = one("#search"); if (box) { event.preventDefault(); box.focus(); box.select(); } }
    else if (event.key === "j") move(1);
    else if (event.key === "k") move(-1);
    else if (event.key === "Enter" && !event.target.closest("a, button, summary")) { const row = one("tr.cursor[data-href]"); if (row) location.href = row.dataset.href; }
  });

  if (matchMedia("(max-width: 760px)").matches) {
    all("[data-narrow-closed]").forEach((box) => { box.open = false; });
    // A row of tabs is longer than a phone is wide: the open one stands where it is seen.
    all(".views [aria-current], .tabs [aria-current]").forEach((tab) => { const row = tab.closest("nav"); row.scrollLeft = tab.offsetLeft - (row.clientWidth - tab.offsetWidth) / 2 - row.offsetLeft; });
  }
  reveal();
  document.addEventListener("htmx:afterSettle", () => reveal());
})();
