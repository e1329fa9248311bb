// Small comforts. Every page works without this file.
(() => {
  "use strict";
  const minute = 60e3, hour = 60 * minute, day = 24 * hour;

  // Copy buttons are hidden until a script can serve them.
  const readyCopies = (root) => {
    if (!navigator.clipboard) return;
    for (const button of root.querySelectorAll("button[data-copy][hidden]")) button.hidden = false;
  };

  const copy = async (button) => {
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
    } catch {
      return;
    }
    const name = button.getAttribute("aria-label");
    button.setAttribute("data-copied", "");
    button.setAttribute("aria-label", button.dataset.said);
    setTimeout(() => {
      button.removeAttribute("data-copied");
      button.setAttribute("aria-label", name);
    }, 2000);
  };

  // The sentences come with the clock, so the script knows no language.
  const sentence = (clock, left) => {
    if (left <= 0) return clock.dataset.over;
    const [unit, size] = left >= 2 * day ? ["days", day] : left >= hour ? ["hours", hour] : ["minutes", minute];
    const count = Math.floor(left / size);
    if (count === 0) return clock.dataset.moment;
    const form = clock.dataset[count === 1 ? unit + "One" : unit];
    return form.replace("{n}", count);
  };

  // The house's time may differ from this machine's: count from what it said, and
  // from when it said it, because a page that asks for news is told anew.
  const told = new WeakMap();
  const sinceTold = (clock) => {
    const last = told.get(clock);
    if (last && last.now === clock.dataset.now) return Date.now() - last.at;
    told.set(clock, { now: clock.dataset.now, at: Date.now() });
    return 0;
  };

  const tick = (root) => {
    for (const clock of root.querySelectorAll("[data-due]")) {
      const due = Number(clock.dataset.due), start = Number(clock.dataset.start);
      const left = due - Number(clock.dataset.now) - sinceTold(clock);
      const text = clock.querySelector("[data-left]");
      const said = sentence(clock, left);
      if (text && text.textContent !== said) text.textContent = said;
      const ring = clock.querySelector("[data-ring]");
      if (ring && due > start) {
        const share = Math.max(0, Math.min(100, (100 * left) / (due - start)));
        ring.setAttribute("stroke-dasharray", share.toFixed(1) + " 100");
      }
    }
  };

  document.addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target : null;
    if (!target) return;
    const copying = target.closest("button[data-copy]");
    if (copying) return void copy(copying);
    const opener = target.closest("[data-dialog]");
    if (opener) {
      const dialog = document.getElementById(opener.dataset.dialog);
      if (dialog instanceof HTMLDialogElement) {
        event.preventDefault();
        dialog.showModal();
        return;
      }
    }
    if (target instanceof HTMLDialogElement) target.close();
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (!menu.contains(target)) menu.open = false;
    }
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const menu = document.querySelector("details.menu[open]");
    if (!menu) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });

  // J and K walk through the links of a list, while one of them has the focus.
  document.addEventListener("keydown", (event) => {
    const step = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 }[event.key];
    if (!step || event.ctrlKey || event.metaKey || event.altKey || !(event.target instanceof Element)) return;
    const list = event.target.closest("[data-walk]");
    if (!list) return;
    const stops = [...list.querySelectorAll("a[data-stop]")];
    const next = stops[stops.indexOf(event.target.closest("tr")?.querySelector("a[data-stop]")) + step];
    if (!next) return;
    event.preventDefault();
    next.focus();
  });

  // A text of limited length says how much room is left.
  const room = (area) => {
    const said = document.getElementById(area.id + "-room");
    if (!said) return;
    const left = Number(area.dataset.room) - [...area.value].length;
    said.textContent = left === 1 ? area.dataset.one : area.dataset.many.replace("{n}", left);
  };

  document.addEventListener("input", (event) => {
    if (event.target instanceof Element && event.target.matches("textarea[data-room]")) room(event.target);
  });

  // One press signs once: a second press while the first is on its way does nothing.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.once === undefined) return;
    if (form.dataset.sent !== undefined) return void event.preventDefault();
    form.dataset.sent = "";
  });
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  });

  // An open deal hears at once what others do, while somebody looks at it. The line
  // only says that there are news; the page asks for them as it does now and then.
  let line = null;
  const listen = () => {
    const place = document.querySelector("[data-news]");
    if (!place || document.hidden) {
      if (line) line.close();
      line = null;
      return;
    }
    if (line && line.readyState !== EventSource.CLOSED) return;
    line = new EventSource(place.dataset.news);
    line.addEventListener("news", () => {
      const asking = document.querySelector("[data-news]");
      if (asking) asking.dispatchEvent(new Event("news"));
    });
  };
  document.addEventListener("visibilitychange", listen);
  window.addEventListener("pagehide", () => {
    if (line) line.close();
    line = null;
  });
  window.addEventListener("pageshow", listen);

  const start = (root) => {
    readyCopies(root);
    tick(root);
    root.querySelectorAll("textarea[data-room]").forEach(room);
  };
  const begin = () => {
    start(document);
    const mistakes = document.querySelector(".mistakes");
    if (mistakes) mistakes.focus();
    setInterval(() => tick(document), 15e3);
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", begin);
  else begin();
  document.addEventListener("htmx:after:swap", () => start(document));
})();
