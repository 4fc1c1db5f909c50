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

  // The page carries title and key in its own text, so that they wrap; a picture keeps them.
  function fitted(key, available) {
    const spec = structuredClone(specs[key]);
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

  let drawn = 0;
  async function draw() {
    const boxes = [...document.querySelectorAll("[data-chart]")];
    const width = boxes.length ? boxes[0].clientWidth : 0;
    if (!width || Math.abs(width - drawn) < 8) return;
    drawn = width;
    for (const box of boxes) {
      await vegaEmbed(box, fitted(box.dataset.chart, width), { ...quiet, renderer: "svg" });
      for (const svg of box.querySelectorAll("svg")) svg.setAttribute("aria-hidden", "true");
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
    const result = await vegaEmbed(box, specs[key], { ...quiet, renderer: "canvas" });
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
  document.getElementById("copy").addEventListener("click", copy);
  document.getElementById("print").addEventListener("click", () => window.print());
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
  });
  window.addEventListener("afterprint", () => {
    for (const item of closed) item.open = false;
  });
  let timer;
  window.addEventListener("resize", () => {
    clearTimeout(timer);
    timer = setTimeout(draw, 200);
  });
  draw();
})();
