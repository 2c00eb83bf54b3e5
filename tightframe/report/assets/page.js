"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const root = document.documentElement;
  const css = (name) => getComputedStyle(root).getPropertyValue(name).trim();
  const all = (selector) => Array.from(document.querySelectorAll(selector));

  const drawn = [];

  // --- theme
  const button = document.getElementById("theme");
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => root.dataset.theme ? root.dataset.theme === "dark" : dark.matches;
  const label = () => { button.textContent = isDark() ? "Light" : "Dark"; button.setAttribute("aria-pressed", String(isDark())); };
  const repaint = () => { label(); drawn.forEach(paint); };
  button.addEventListener("click", () => { root.dataset.theme = isDark() ? "light" : "dark"; repaint(); });
  dark.addEventListener("change", repaint);

  // --- one claim and what it rests on
  const svg = document.querySelector(".graph svg");
  const nodes = all(".node"), edges = all(".edge"), claims = all(".claim");
  const ancestors = (key, found = new Set()) => {
    if (!found.has(key)) { found.add(key); (data.parents[key] || []).forEach((parent) => ancestors(parent, found)); }
    return found;
  };
  let chosen = null;
  const frame = (kept) => {
    const places = nodes.filter((node) => !kept || kept.has(node.dataset.key)).map((node) => [Number(node.dataset.x), Number(node.dataset.y)]);
    if (!kept || !places.length) {
      svg.setAttribute("viewBox", `0 0 ${svg.dataset.width} ${svg.dataset.height}`);
      svg.style.setProperty("--width", `${svg.dataset.width}px`);
      return;
    }
    const [w, h] = data.box, xs = places.map((place) => place[0]), ys = places.map((place) => place[1]);
    const left = Math.min(...xs) - w / 2 - 8, top = Math.min(...ys) - h / 2 - 8;
    const width = Math.max(...xs) + w / 2 + 8 - left;
    svg.setAttribute("viewBox", `${left} ${top} ${width} ${Math.max(...ys) + h / 2 + 8 - top}`);
    svg.style.setProperty("--width", `${width}px`);
  };
  const show = () => {
    const kept = chosen ? ancestors(chosen) : null;
    const statuses = new Set(all(".filter:checked").map((box) => box.value));
    nodes.forEach((node) => {
      node.classList.toggle("away", Boolean(kept) && !kept.has(node.dataset.key));
      node.classList.toggle("chosen", node.dataset.key === chosen);
    });
    edges.forEach((edge) => edge.classList.toggle("away", Boolean(kept) && !(kept.has(edge.dataset.from) && kept.has(edge.dataset.to))));
    claims.forEach((claim) => { claim.hidden = kept ? !kept.has(claim.dataset.key) : !statuses.has(claim.dataset.status); });
    all(".topic").forEach((topic) => { topic.hidden = !topic.querySelector(".claim:not([hidden])"); });
    all(".everything").forEach((element) => { element.hidden = !chosen; });
    const link = document.getElementById("chosen-link");
    link.hidden = !chosen;
    if (chosen) { link.href = `#claim-${chosen}`; }
    const [title, status] = chosen ? data.titles[chosen] : [];
    document.getElementById("chosen-words").textContent = chosen ? `Showing “${title}” (${status}) and the ${kept.size - 1} it rests on.` : "";
    const count = claims.filter((claim) => !claim.hidden).length;
    document.getElementById("shown").textContent = count < claims.length ? `${count} of ${claims.length} shown` : "";
    frame(kept);
  };
  nodes.forEach((node) => node.addEventListener("click", (event) => { event.preventDefault(); chosen = node.dataset.key; show(); }));
  all(".everything").forEach((element) => element.addEventListener("click", () => { chosen = null; show(); }));
  all(".filter").forEach((box) => box.addEventListener("change", () => { chosen = null; show(); }));
  const land = () => {
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) { return; }
    if (target.hidden || target.closest("[hidden]")) { chosen = null; all(".filter").forEach((box) => { box.checked = true; }); show(); }
    if (target.tagName === "DETAILS") { target.open = true; }
    target.scrollIntoView();
  };
  addEventListener("hashchange", land);
  all('a[href^="#"]').forEach((link) => link.addEventListener("click", () => { if (link.hash === location.hash && !link.classList.contains("node")) { land(); } }));

  // --- curves, drawn when they come into view; the plotting library is unpacked when the first of them does
  let library = null;
  const inflated = async (id) => {
    const bytes = Uint8Array.from(atob(document.getElementById(id).textContent), (sign) => sign.charCodeAt(0));
    return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
  };
  const unpacked = async () => {
    const script = document.createElement("script");
    script.textContent = await inflated("plotly");
    document.head.append(script);
    return window.Plotly;
  };
  const escaped = (text) => text.replace(/[<>&]/g, (c) => ({ "<": "&lt;", ">": "&gt;", "&": "&amp;" })[c]);
  const spread = (values) => { const some = values.filter((v) => v > 0); return some.length ? Math.max(...some) / Math.min(...some) : 1; };
  const brighter = { "#0072B2": "#4FA8E8", "#D55E00": "#FF8A3D", "#009E73": "#2CC79A", "#7F7F7F": "#AEB6BF", "#000000": "#E6E9ED" };
  const colour = (name) => isDark() ? brighter[name] || name : name;
  // whole decades where there are some: the digits between them would run into each other
  const decades = (values) => { const span = Math.log10(spread(values)); return span > 1.2 ? { dtick: Math.ceil(span / 7) } : {}; };
  const axis = (title, type) => ({ gridcolor: css("--line"), zerolinecolor: css("--line"), color: css("--soft"), title: { text: title, font: { size: 11 } }, type, exponentformat: "power", automargin: true });
  const layout = (panel) => ({
    title: { text: escaped(panel.title), font: { size: 13 }, x: 0, xanchor: "left", xref: "paper" },
    margin: { l: 52, r: 8, t: 32, b: 40 }, paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
    font: { color: css("--ink"), size: 11, family: css("--face") }, hovermode: panel.hover || "x unified", hoverlabel: { bgcolor: css("--paper"), font: { color: css("--ink") } },
    legend: { orientation: "h", y: -0.24, font: { size: 10 } }, showlegend: true,
    xaxis: { ...axis(escaped(panel.x), panel.xlog ? "log" : "linear"), ...(panel.xlog ? decades(panel.traces.flatMap((trace) => trace.x)) : {}) },
    yaxis: { ...axis(escaped(panel.y || ""), panel.categories ? "category" : panel.log ? "log" : "linear"), ...(panel.log ? decades(panel.traces.flatMap((trace) => trace.y)) : {}), ...(panel.name === "accuracy" ? { range: [0, 1.04] } : {}) },
    shapes: panel.marks.map((mark) => ({ type: "line", xref: "x", yref: "paper", x0: mark.time, x1: mark.time, y0: 0, y1: 1, line: { color: css("--soft"), width: 1, dash: "dot" } })),
    annotations: panel.marks.map((mark, i) => ({ x: panel.xlog ? Math.log10(mark.time) : mark.time, y: 1 - 0.08 * i, yref: "paper", text: escaped(mark.label), showarrow: false, xanchor: "left", font: { size: 9, color: css("--soft") } })),
  });
  const options = { responsive: true, displaylogo: false, modeBarButtonsToRemove: ["lasso2d", "select2d"] };
  const traced = (panel) => (trace) => ({
    x: trace.x, y: panel.log ? trace.y.map((value) => value > 0 ? value : null) : trace.y, text: trace.text, name: escaped(trace.name), mode: trace.mode || "lines", hoverinfo: trace.text ? "text" : undefined, type: "scatter",
    line: { color: colour(trace.colour), dash: trace.style, width: trace.width || 2 }, marker: { color: colour(trace.colour), size: 8, symbol: trace.symbol || "circle-open" },
    legendgroup: trace.group && escaped(trace.group), showlegend: trace.legend !== false,
  });
  const paint = async ({ panel, place }) => {
    library = library || unpacked();
    (await library).react(place, panel.traces.map(traced(panel)), layout(panel), options);
  };
  const place = (holder, panel) => {
    const box = document.createElement("div");
    const many = panel.wide || panel.traces.filter((trace) => trace.legend !== false).length > 6;
    box.className = many ? "plot wide" : "plot";
    box.style.height = `${panel.height || (many ? 470 : 340)}px`;
    box.setAttribute("role", "img");
    box.setAttribute("aria-label", `${panel.title}: ${[...new Set(panel.traces.map((trace) => trace.name))].slice(0, 12).join(", ")}`);
    holder.append(box);
    return { panel, place: box };
  };
  // all boxes first, so that each curve is drawn at the width that it keeps
  const add = (holder, panels) => {
    const added = panels.map((panel) => place(holder, panel));
    drawn.push(...added);
    added.forEach(paint);
  };
  const palette = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#7F7F7F", "#000000"];
  const drawRun = (holder) => {
    const figure = shown.figures.find((candidate) => candidate.anchor === holder.dataset.run);
    const xlog = spread(figure.time) > 50;
    add(holder, figure.panels.map((panel) => ({ ...panel, x: figure.unit, xlog, marks: figure.marks, traces: panel.traces.map((trace) => ({ ...trace, x: figure.time })) })));
  };
  const drawGrid = (holder) => {
    const grid = shown.grids[Number(holder.dataset.grid)];
    const traces = [["fit", "fit", "circle-open"], ["rnc1_drop", "RNC1 drop", "triangle-down-open"], ["generalise", "generalises", "triangle-up-open"]].map(([key, name, symbol], i) => {
      const points = grid.points.filter((point) => point[key]);
      return { x: points.map((p) => p.weight_decay), y: points.map((p) => p[key]), text: points.map((p) => escaped(`${p.name}: ${name} at ${p[key]}`)), name, symbol, mode: "markers", colour: palette[i] };
    });
    add(holder, [{ title: `${grid.experiment}, one mark for each seed`, x: "weight decay", y: `time (${grid.unit})`, xlog: true, log: true, marks: [], traces, hover: "closest" }]);
  };
  const drawLogs = (holder) => {
    const groups = [...new Set(shown.logs.map((log) => log.group))].sort();
    const hue = (log) => palette[groups.indexOf(log.group) % palette.length];
    const dash = (log) => ["solid", "dash", "dot"][Math.floor(groups.indexOf(log.group) / palette.length) % 3];
    const known = shown.logs.filter((log) => log.onset && log.onset.feature_norm !== null);
    const onsets = groups.filter((group) => known.some((log) => log.group === group)).map((group) => {
      const members = known.filter((log) => log.group === group);
      return { x: members.map((log) => log.onset.feature_norm), y: members.map(() => escaped(group)), text: members.map((log) => escaped(`${log.name}: ${log.onset.feature_norm.toPrecision(4)} at ${log.onset.time}`)), name: group, mode: "markers", colour: hue(members[0]), legend: false };
    });
    const curves = shown.logs.filter((log) => log.time.length).map((log) => ({
      x: log.time, y: log.feature_norm, name: log.group, group: log.group, colour: hue(log), style: dash(log), width: 1.3, text: log.time.map((time, i) => escaped(`${log.name}, ${log.unit} ${time}: ${log.feature_norm[i]}`)),
      legend: shown.logs.find((other) => other.group === log.group && other.time.length) === log,
    }));
    add(holder, [{ wide: true, title: "feature norm at the onset of collapse, by family", x: "feature norm at onset", categories: true, marks: [], traces: onsets, hover: "closest", height: 60 + 24 * Math.max(onsets.length, 8) }, { title: "feature norm over training (choose families in the legend)", x: shown.logs[0] ? shown.logs[0].unit : "", log: true, marks: [], traces: curves, hover: "closest", height: 560 }]);
  };
  let reading = null, shown = null;
  const draw = async (holder) => {
    reading = reading || inflated("curves");
    shown = shown || JSON.parse(await reading);
    ("run" in holder.dataset ? drawRun : "grid" in holder.dataset ? drawGrid : drawLogs)(holder);
  };
  const watcher = new IntersectionObserver((entries) => entries.filter((entry) => entry.isIntersecting).forEach((entry) => {
    watcher.unobserve(entry.target);
    draw(entry.target);
  }), { rootMargin: "300px" });
  all(".plots").forEach((holder) => watcher.observe(holder));

  // --- on a phone each row of a table is a block whose cells say their column
  all("table").forEach((table) => {
    const heads = Array.from(table.querySelectorAll("thead th"), (head) => head.textContent);
    table.querySelectorAll("tbody tr").forEach((row) => Array.from(row.cells).forEach((cell, i) => { cell.dataset.label = heads[i]; }));
  });

  // --- on paper everything is shown
  addEventListener("beforeprint", () => { chosen = null; all(".filter").forEach((box) => { box.checked = true; }); show(); all("details").forEach((element) => { element.open = true; }); });
  label();
  show();
  land();
})();
