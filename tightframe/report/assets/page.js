"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const root = document.documentElement;
  const css = (name) => getComputedStyle(root).getPropertyValue(name).trim();
  const all = (selector) => Array.from(document.querySelectorAll(selector));

  // --- theme
  const button = document.getElementById("theme");
  const isDark = () => root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  const label = () => { button.textContent = isDark() ? "Light" : "Dark"; button.setAttribute("aria-pressed", String(isDark())); };
  button.addEventListener("click", () => { root.dataset.theme = isDark() ? "light" : "dark"; label(); drawn.forEach(redraw); });
  label();

  // --- one claim and what it rests on
  const everything = document.getElementById("everything");
  const ancestors = (key, found = new Set()) => {
    if (!found.has(key)) { found.add(key); (data.parents[key] || []).forEach((parent) => ancestors(parent, found)); }
    return found;
  };
  let chosen = null;
  const ticked = () => new Set(all(".filter:checked").map((box) => box.value));
  const show = () => {
    const kept = chosen ? ancestors(chosen) : null;
    const statuses = ticked();
    all(".node").forEach((node) => {
      node.classList.toggle("dimmed", Boolean(kept) && !kept.has(node.dataset.key));
      node.classList.toggle("chosen", node.dataset.key === chosen);
    });
    all(".edge").forEach((edge) => edge.classList.toggle("dimmed", Boolean(kept) && !(kept.has(edge.dataset.from) && kept.has(edge.dataset.to))));
    all(".claim").forEach((claim) => { claim.hidden = kept ? !kept.has(claim.dataset.key) : !statuses.has(claim.dataset.status); });
    everything.hidden = !chosen;
  };
  all(".node").forEach((node) => node.addEventListener("click", () => { chosen = node.dataset.key; show(); }));
  everything.addEventListener("click", () => { chosen = null; show(); });
  all(".filter").forEach((box) => box.addEventListener("change", show));
  const unhide = () => {
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (target && target.hidden) { chosen = null; all(".filter").forEach((box) => { box.checked = true; }); show(); target.scrollIntoView(); }
  };
  addEventListener("hashchange", unhide);

  // --- curves, drawn when they come into view
  const drawn = [];
  const layout = (figure, panel) => {
    const times = (panel.traces[0].x || []).filter((x) => x > 0);
    const wide = times.length && Math.max(...times) / Math.min(...times) > 50;
    const axis = { gridcolor: css("--line"), zerolinecolor: css("--line"), color: css("--soft") };
    return {
      title: { text: panel.title, font: { size: 13 }, x: 0, xanchor: "left" },
      margin: { l: 58, r: 8, t: 30, b: 40 }, paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
      font: { color: css("--ink"), size: 11 }, hovermode: "x unified", hoverlabel: { bgcolor: css("--paper") },
      legend: { orientation: "h", y: -0.22, font: { size: 10 } },
      xaxis: { ...axis, title: { text: figure.unit }, type: wide ? "log" : "linear" },
      yaxis: { ...axis, type: panel.log ? "log" : "linear", exponentformat: "power" },
      shapes: figure.marks.map((mark) => ({ type: "line", xref: "x", yref: "paper", x0: mark.time, x1: mark.time, y0: 0, y1: 1, line: { color: css("--soft"), width: 1, dash: "dot" } })),
      annotations: figure.marks.map((mark, i) => ({ x: wide ? Math.log10(mark.time) : mark.time, y: 1 - 0.07 * i, yref: "paper", text: mark.label, showarrow: false, xanchor: "left", font: { size: 9, color: css("--soft") } })),
    };
  };
  const escaped = (text) => text.replace(/[<>&]/g, (c) => ({ "<": "&lt;", ">": "&gt;", "&": "&amp;" })[c]);
  const themed = (trace) => trace.line.color === "#000000" ? { ...trace, line: { ...trace.line, color: css("--ink") } } : trace;
  const options = { responsive: true, displaylogo: false, modeBarButtonsToRemove: ["lasso2d", "select2d"] };
  const traces = (panel) => panel.traces.map((trace) => themed({ ...trace, name: escaped(trace.name) }));
  const redraw = ({ figure, panel, place }) => Plotly.react(place, traces(panel), layout(figure, panel), options);
  const draw = (figure, holder) => figure.panels.forEach((panel) => {
    const place = document.createElement("div");
    place.className = "plot";
    place.setAttribute("role", "img");
    place.setAttribute("aria-label", `${panel.title}: ${panel.traces.map((trace) => trace.name).join(", ")}`);
    holder.append(place);
    drawn.push({ figure, panel, place });
    redraw(drawn.at(-1));
  });
  const watcher = new IntersectionObserver((entries) => entries.filter((entry) => entry.isIntersecting).forEach((entry) => {
    watcher.unobserve(entry.target);
    const figure = data.figures.find((candidate) => candidate.anchor === entry.target.dataset.run);
    if (figure) { draw(figure, entry.target); }
  }), { rootMargin: "400px" });
  all(".plots").forEach((holder) => watcher.observe(holder));
  addEventListener("beforeprint", () => all(".claim").forEach((claim) => { claim.hidden = false; }));
  show();
  unhide();
})();
