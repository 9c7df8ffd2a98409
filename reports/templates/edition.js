// What the page can do beyond being read. Nothing here is needed to read it; nothing here loads anything.
"use strict";
(() => {
  const words = JSON.parse(document.body.dataset.words);
  const filled = (phrase, facts) => phrase.replace(/\{(\w+)\}/g, (_, name) => facts[name]);
  const made = (name, attributes = {}, ...children) => {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    element.append(...children);
    return element;
  };
  const live = made("div", { class: "unseen", role: "status", "aria-live": "polite" });
  const help = made("p", { id: "chart-help", hidden: "" }, words["chart.help"]);
  const tip = made("div", { class: "tip", "aria-hidden": "true", hidden: "" });
  const ring = made("div", { class: "ring", "aria-hidden": "true", hidden: "" });
  document.body.append(live, help, tip, ring);
  document.documentElement.classList.add("live");

  // ---- Charts: a point is all the marks of one row of data; one point is shown at a time, on the whole page ----
  let shown = null;

  function frame(point) {
    const all = point.marks.map((mark) => mark.getBoundingClientRect());
    const left = Math.min(...all.map((one) => one.left)), top = Math.min(...all.map((one) => one.top));
    const right = Math.max(...all.map((one) => one.right)), bottom = Math.max(...all.map((one) => one.bottom));
    return new DOMRect(left, top, right - left, bottom - top);
  }

  function place() {
    if (!shown) return;
    const at = frame(shown.point), box = shown.box.getBoundingClientRect(), edge = 4;
    const left = Math.max(at.left - edge, box.left), right = Math.min(at.right + edge, box.right);
    Object.assign(ring.style, {
      left: `${left + scrollX}px`, top: `${at.top - edge + scrollY}px`,
      width: `${Math.max(right - left, 0)}px`, height: `${at.height + 2 * edge}px`,
    });
    const middle = (Math.max(at.left, box.left) + Math.min(at.right, box.right) - tip.offsetWidth) / 2;
    const room = document.documentElement.clientWidth - tip.offsetWidth - 8;
    const above = at.top - tip.offsetHeight - 10;
    tip.style.left = `${Math.max(8, Math.min(middle, room)) + scrollX}px`;
    tip.style.top = `${(above > 4 ? above : at.bottom + 10) + scrollY}px`;
  }

  function show(box, point) {
    shown = point ? { box, point } : null;
    tip.hidden = ring.hidden = !point;
    if (!point) return;
    const [who, ...what] = point.text.split("\n");
    tip.replaceChildren(what.length ? made("strong", {}, who) : who, ...(what.length ? [made("span", {}, ...what)] : []));
    place();
  }

  function chart(box) {
    const found = new Map();
    for (const mark of box.querySelectorAll("[data-at]")) {
      const at = Number(mark.dataset.at);
      if (!found.has(at)) found.set(at, { text: mark.dataset.tells, marks: [] });
      found.get(at).marks.push(mark);
    }
    if (!found.size) return;
    const points = [...found].sort((one, other) => one[0] - other[0]).map((pair) => pair[1]);
    let now = -1;
    box.setAttribute("role", "application");
    box.setAttribute("aria-roledescription", words.chart);
    box.setAttribute("aria-describedby", `${box.querySelector("desc").id} chart-help`);
    box.after(made("p", { class: "hint", "aria-hidden": "true" }, words["chart.help"]));

    function go(to) {
      now = Math.min(Math.max(to, 0), points.length - 1);
      const point = points[now], facts = { at: now + 1, of: points.length };
      point.marks[0].scrollIntoView({ block: "nearest", inline: "nearest" });
      show(box, point);
      live.textContent = filled(words.point, { text: point.text.replace("\n", ": "), ...facts });
    }
    const steps = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
    box.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
      if (event.key in steps) go(now < 0 && steps[event.key] < 0 ? points.length - 1 : now + steps[event.key]);
      else if (event.key === "Home") go(0);
      else if (event.key === "End") go(points.length - 1);
      else if (event.key === "Escape") {
        box.blur();
        live.textContent = words.left;
      } else return;
      event.preventDefault();
    });
    box.addEventListener("blur", () => {
      now = -1;
      if (shown?.box === box) show(box, null);
    });
    const near = (event) => {
      const hit = event.target.closest("[data-at]");
      if (hit) return found.get(Number(hit.dataset.at));
      const distance = ({ marks }) => Math.min(...marks.map((mark) => {
        const { left, right, top, bottom } = mark.getBoundingClientRect();
        return Math.hypot(Math.max(left - event.clientX, 0, event.clientX - right),
          Math.max(top - event.clientY, 0, event.clientY - bottom));
      }));
      const [nearest, far] = points.map((point) => [point, distance(point)]).reduce((a, b) => (b[1] < a[1] ? b : a));
      return far < 12 ? nearest : null;
    };
    box.addEventListener("pointermove", (event) => show(box, near(event)));
    box.addEventListener("pointerdown", (event) => {
      const point = near(event);
      now = points.indexOf(point);
      show(box, point);
    });
    box.addEventListener("pointerleave", (event) => {
      if (event.pointerType !== "touch") show(box, points[now]);
    });
    box.addEventListener("scroll", place);
  }

  // ---- Tables: sorted by the value behind a cell where it has one; what has none comes last, both ways ----
  const letters = new Intl.Collator(document.documentElement.lang, { numeric: true, sensitivity: "base" });

  function key(row, column) {
    const cell = row.cells[column];
    if (!cell || cell.colSpan > 1) return null;
    if (cell.dataset.value !== undefined) return Number(cell.dataset.value);
    const text = cell.textContent.trim();
    return text === "" || text === "–" ? null : text;
  }

  function compare(one, other) {
    if (typeof one === "number" && typeof other === "number") return one - other;
    if (typeof one !== typeof other) return typeof one === "number" ? -1 : 1;
    return letters.compare(one, other);
  }

  function sortable(table) {
    const body = table.tBodies[0], printed = [...body.rows], heads = [...table.tHead.rows[0].cells];
    for (const [column, head] of heads.entries()) {
      const name = head.textContent;
      const button = made("button", { type: "button" }, ...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const way = { ascending: "descending", descending: null }[head.getAttribute("aria-sort")];
        const next = way === undefined ? "ascending" : way;
        for (const one of heads) one.removeAttribute("aria-sort");
        if (next) head.setAttribute("aria-sort", next);
        const keyed = printed.map((row) => [key(row, column), row]);
        const there = keyed.filter(([value]) => value !== null);
        if (next) there.sort((a, b) => (next === "ascending" ? 1 : -1) * compare(a[0], b[0]));
        const last = keyed.filter(([value]) => value === null);
        body.append(...(next ? [...there, ...last].map((pair) => pair[1]) : printed));
        live.textContent = filled(words[next || "restored"], { column: name });
      });
    }
  }

  const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

  function filterable(table) {
    const rows = [...table.tBodies[0].rows], texts = rows.map((row) => plain(row.textContent));
    const field = made("input", { type: "search", placeholder: words["filter.placeholder"] });
    const count = made("span", { class: "count" });
    table.caption.append(made("span", { class: "filter" }, made("label", {}, `${words.filter} `, field), count));
    field.addEventListener("input", () => {
      const wanted = plain(field.value.trim());
      rows.forEach((row, at) => { row.hidden = !texts[at].includes(wanted); });
      const n = rows.filter((row) => !row.hidden).length;
      count.textContent = live.textContent = wanted ? filled(words.shown, { n, of: rows.length }) : "";
    });
  }

  // ---- The page ----
  document.querySelectorAll("figure .scroll").forEach(chart);
  for (const table of document.querySelectorAll("main table")) {
    if (table.tBodies[0].rows.length > 2) sortable(table);
    if (table.tBodies[0].rows.length > 12) filterable(table);
    // a table that fits needs no stop of the tab key
    new ResizeObserver(([{ target }]) => {
      if (target.scrollWidth > target.clientWidth) target.tabIndex = 0;
      else target.removeAttribute("tabindex");
    }).observe(table.parentElement);
  }
  const links = new Map([...document.querySelectorAll("nav a")].map((link) => [link.hash.slice(1), link]));
  const seen = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      if (isIntersecting) links.get(target.id)?.setAttribute("aria-current", "true");
      else links.get(target.id)?.removeAttribute("aria-current");
    }
  }, { rootMargin: "-25% 0px -74% 0px" });
  document.querySelectorAll("main > section").forEach((section) => seen.observe(section));
  addEventListener("resize", place);
  addEventListener("pointerdown", (event) => {
    if (shown && !shown.box.contains(event.target)) show(shown.box, null);
  });
  addEventListener("keydown", (event) => {
    if (event.key === "Escape" && shown) show(shown.box, null);
  });
})();
