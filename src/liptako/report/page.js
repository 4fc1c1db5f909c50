(() => {
  "use strict";
  const settings = JSON.parse(document.getElementById("settings").textContent);
  const specs = {};
  for (const tag of document.querySelectorAll("script[id^='spec-']")) {
    specs[tag.id.slice(5)] = JSON.parse(tag.textContent);
  }
  const quiet = { mode: "vega-lite", actions: false, ast: true, hover: false };

  const now = new Date();
  const age = (now.getFullYear() - 1980) * 12 + now.getMonth() + 1 - settings.lastMonth;
  if (age > 0) {
    document.getElementById("age").textContent = settings.age.replace("{months}", String(age));
  }

  // Panels have scales of their own until a reader asks for one.
  const alike = new Set();
  function scaled(key) {
    const spec = structuredClone(specs[key]);
    const scales = spec.usermeta.scales;
    if (!scales || !alike.has(key)) return spec;
    for (const panel of spec.concat) {
      for (const layer of panel.layer) {
        const scale = layer.encoding[scales.channel]?.scale;
        if (scale) scale.domain = scales.domain;
      }
    }
    const lines = spec.title.subtitle;
    spec.title.subtitle = lines.map((line) => (line === scales.own ? scales.shared : line));
    return spec;
  }

  // The page carries title and key in its own text, so that they wrap; a picture keeps them.
  function fitted(key, available) {
    const spec = scaled(key);
    const plan = spec.usermeta.layout;
    delete spec.title;
    spec.padding = 0;
    const gap = 22;
    const most = Math.floor((available + gap) / (plan.min_width + plan.pad + gap));
    spec.columns = Math.max(1, Math.min(plan.columns, most));
    const room = (available - (spec.columns - 1) * gap) / spec.columns;
    const width = Math.floor(Math.max(120, Math.min(plan.most ?? Infinity, room - plan.pad)));
    for (const panel of spec.concat) {
      panel.width = width;
      if (!plan.ratio) continue;
      panel.height = Math.round(width * plan.ratio);
      for (const layer of panel.layer) {
        if (plan.dot) {
          // Dots are counted in a grid of ten by ten: they grow with their places.
          const across = (width / 10) * plan.dot;
          if (layer.mark.type === "point") layer.mark.size = (Math.PI / 4) * across * across;
          continue;
        }
        // Labels were placed for the design width: narrower panels need smaller ones.
        if (layer.mark.type === "text" && width < plan.width) {
          layer.mark.fontSize = Math.max(6, (layer.mark.fontSize * width) / plan.width);
        }
      }
    }
    const entries = Math.max(1, Math.min(6, Math.floor(available / 180)));
    (function legends(node) {
      if (node === null || typeof node !== "object") return;
      for (const [name, child] of Object.entries(node)) {
        if (name === "legend" && child && key === "map") node[name] = null;
        else if (name === "legend" && child) child.columns = entries;
        else if (name !== "datasets" && name !== "values") legends(child);
      }
    })(spec);
    return spec;
  }

  const boxes = [...document.querySelectorAll("[data-chart]")];
  const begun = new Map();
  const paper = 680; // what A4 has between its margins, so that letters keep their size

  // Draws a chart once a width, its figure's: a drawn box is no wider than its chart. `again`
  // where something else has changed.
  async function draw(box, again, width = box.parentElement.clientWidth) {
    if (!width || (!again && Math.abs(width - (begun.get(box) ?? 0)) < 8)) return;
    begun.set(box, width);
    await vegaEmbed(box, fitted(box.dataset.chart, width), { ...quiet, renderer: "svg" });
    for (const svg of box.querySelectorAll("svg")) svg.setAttribute("aria-hidden", "true");
    box.style.minHeight = "";
    box.dataset.drawn = "yes";
  }

  async function drawAll(width) {
    for (const box of boxes) await draw(box, false, width);
    document.documentElement.dataset.ready = "yes";
  }

  // The first chart of a section at once, and those without a picture, which print needs.
  function first(box) {
    const section = box.closest("section") ?? document;
    return section.querySelector("[data-chart]") === box || !still(box);
  }

  // The picture for readers without scripts, which with scripts is only text.
  function still(box) {
    const text = box.parentElement.querySelector("noscript")?.textContent ?? "";
    return text.includes("<svg") ? text : "";
  }

  function room(box) {
    const plan = specs[box.dataset.chart].usermeta.layout;
    const panels = specs[box.dataset.chart].concat;
    const columns = Math.min(plan.columns, Math.max(1, Math.floor(box.clientWidth / (plan.min_width + plan.pad + 22))));
    let height = 0;
    for (let i = 0; i < panels.length; i += columns) height += panels[i].height + 60;
    box.style.minHeight = `${height}px`;
  }

  async function begin() {
    for (const box of boxes) if (first(box)) await draw(box);
    const near = new IntersectionObserver((seen) => {
      for (const entry of seen) {
        if (entry.isIntersecting) draw(entry.target);
      }
    }, { rootMargin: "800px 0px" });
    for (const box of boxes) {
      if (!begun.has(box)) room(box);
      near.observe(box);
    }
    for (const box of boxes) {
      await new Promise((next) => setTimeout(next, 30));
      if (!box.closest("details:not([open])")) await draw(box);
    }
    document.documentElement.dataset.ready = "yes";
  }

  function save(name, href) {
    const link = document.createElement("a");
    link.download = name;
    link.href = href;
    link.click();
  }

  async function png(key) {
    const box = document.createElement("div");
    const result = await vegaEmbed(box, scaled(key), { ...quiet, renderer: "canvas" });
    const image = await result.view.toImageURL("png", 2);
    save(`${settings.file}_${key}.png`.replace(/[^\w.-]+/g, "-"), image);
    result.finalize();
  }

  async function copy() {
    try {
      await navigator.clipboard.writeText(settings.sentence);
    } catch {
      const area = document.createElement("textarea");
      area.value = settings.sentence;
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
    document.getElementById("said").textContent = settings.copied;
  }

  for (const button of document.querySelectorAll("button")) button.hidden = false;
  for (const button of document.querySelectorAll("[data-png]")) {
    button.addEventListener("click", () => png(button.dataset.png));
  }
  for (const button of document.querySelectorAll("[data-alike]")) {
    const key = button.dataset.alike;
    const box = document.querySelector(`[data-chart="${key}"]`);
    const { own, shared } = specs[key].usermeta.scales;
    const note = [...document.querySelectorAll(`#fig-${key} .lines span`)].find((line) => line.textContent === own);
    button.addEventListener("click", () => {
      const on = !alike.delete(key);
      if (on) alike.add(key);
      button.setAttribute("aria-pressed", String(on));
      if (note) note.textContent = on ? shared : own;
      draw(box, true);
    });
  }
  // A table stands in the page once: links beside charts lead to it, or save it where there are scripts.
  for (const link of document.querySelectorAll("a[data-csv]")) {
    const file = document.querySelector(`#data-${link.dataset.csv} a[download]`);
    if (!file) continue;
    link.href = file.href;
    link.download = file.download;
  }
  document.getElementById("copy").addEventListener("click", copy);
  const print = document.getElementById("print");
  print.addEventListener("click", async () => {
    print.disabled = true;
    await drawAll(paper);
    window.print();
    await drawAll();
    print.disabled = false;
  });
  for (const table of document.querySelectorAll("table.prose")) {
    const heads = [...table.querySelectorAll("thead th")].map((cell) => cell.textContent);
    for (const row of table.tBodies[0].rows) {
      [...row.cells].forEach((cell, i) => { cell.dataset.head = heads[i]; });
    }
  }

  let closed = [];
  window.addEventListener("beforeprint", () => {
    closed = [...document.querySelectorAll("details:not([open])")];
    for (const item of closed) item.open = true;
    for (const box of boxes) {
      if (!box.dataset.drawn && still(box)) box.innerHTML = still(box);
    }
  });
  window.addEventListener("afterprint", () => {
    for (const item of closed) item.open = false;
  });
  // A link may lead to what is folded away.
  function reveal() {
    const target = document.getElementById(location.hash.slice(1));
    if (!target) return;
    for (let node = target; node; node = node.parentElement) {
      if (node.tagName === "DETAILS") node.open = true;
    }
    const inside = target.querySelector(":scope > details");
    if (inside && target.matches("section")) inside.open = true;
    target.scrollIntoView();
  }
  window.addEventListener("hashchange", reveal);
  reveal();

  for (const box of document.querySelectorAll(".scroll")) {
    const note = document.createElement("p");
    note.className = "note scrolls";
    note.textContent = settings.wide;
    box.after(note);
    new ResizeObserver(() => { note.hidden = box.scrollWidth <= box.clientWidth + 1; }).observe(box);
  }

  let timer;
  window.addEventListener("resize", () => {
    clearTimeout(timer);
    timer = setTimeout(() => drawAll(), 200);
  });
  begin();
})();
