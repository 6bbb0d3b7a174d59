"use strict";
// Everything on the page is drawn from the JSON in the element "data"; nothing is loaded from anywhere.
const runs = JSON.parse(document.getElementById("data").textContent);
const view = { x: "step", logX: false, logY: false, smoothing: 0, range: null, hidden: new Set() };
const color = (index) => `var(--series-${index % 8})`;

// --- Small helpers ---------------------------------------------------------------------------------------------------

function element(name, attributes = {}, ...children) {
  const isSVG = ["svg", "path", "line", "text", "rect", "circle", "clipPath"].includes(name);
  const made = isSVG ? document.createElementNS("http://www.w3.org/2000/svg", name) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

function number(value) {
  if (value === undefined || value === null) return "";
  const size = Math.abs(value);
  if (value === 0) return "0";
  if (size >= 1e9) return (value / 1e9).toPrecision(3) + "B";
  if (size >= 1e6) return (value / 1e6).toPrecision(3) + "M";
  if (size >= 1e4) return (value / 1e3).toPrecision(3) + "k";
  if (size < 1e-3) return value.toExponential(2);
  return String(Number(value.toPrecision(5)));
}

function duration(seconds) {
  if (!isFinite(seconds)) return "";
  const whole = Math.round(seconds), hours = Math.floor(whole / 3600), minutes = Math.floor(whole / 60) % 60;
  return hours ? `${hours} h ${minutes} min` : minutes ? `${minutes} min ${whole % 60} s` : `${whole} s`;
}

const formatX = (value) => (view.x === "seconds" ? duration(value) : number(value));

// --- Data ------------------------------------------------------------------------------------------------------------

/** A column of a table as [x, y] pairs; rows without the value are left out. */
function column(run, table, key) {
  const { keys, rows } = run[table], at = keys.indexOf(key), step = keys.indexOf("step");
  if (at < 0) return [];
  const result = [];
  for (const row of rows) if (row[at] !== null) result.push([position(run, row[step]), row[at]]);
  return result;
}

/** Where a step lies on the x axis; between logged steps by proportion. */
function position(run, step) {
  if (view.x === "step") return step;
  const key = view.x === "tokens" ? "tokens" : "elapsed_seconds";
  const { keys, rows } = run.training, s = keys.indexOf("step"), v = keys.indexOf(key);
  if (!rows.length || v < 0) return step;
  let low = 0, high = rows.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rows[middle][s] < step) low = middle + 1; else high = middle;
  }
  const after = rows[low], before = low ? rows[low - 1] : after.map(() => 0);
  const span = after[s] - before[s];
  return span ? before[v] + ((after[v] - before[v]) * (step - before[s])) / span : after[v];
}

/** Exponential moving average, corrected for its beginning. */
function smoothed(points, weight) {
  if (!weight) return points;
  let sum = 0, total = 0;
  return points.map(([x, y]) => {
    sum = sum * weight + y * (1 - weight);
    total = total * weight + (1 - weight);
    return [x, sum / total];
  });
}

const finite = (points) =>
  points.filter(([x, y]) => Number.isFinite(x) && Number.isFinite(y) && (!view.logX || x > 0) && (!view.logY || y > 0));

/** At most two points for every pixel: the lowest and the highest. */
function thinned(points, width) {
  if (points.length < 4 * width) return points;
  const result = [], bucket = Math.ceil(points.length / width);
  for (let start = 0; start < points.length; start += bucket) {
    const part = points.slice(start, start + bucket);
    const low = part.reduce((a, b) => (b[1] < a[1] ? b : a)), high = part.reduce((a, b) => (b[1] > a[1] ? b : a));
    result.push(...(low[0] <= high[0] ? [low, high] : [high, low]));
  }
  return result;
}

// --- Line charts -----------------------------------------------------------------------------------------------------

class Scale {
  constructor(low, high, from, to, isLogarithmic) {
    // An average of equal numbers is not always equal to them.
    if (high - low <= 1e-9 * Math.max(Math.abs(low), Math.abs(high))) [low, high] = isLogarithmic ? [low / 2, high * 2] : [low - (Math.abs(low) || 1) / 2, high + (Math.abs(high) || 1) / 2];
    Object.assign(this, { low, high, from, to, isLogarithmic });
  }
  unit(value) {
    return this.isLogarithmic
      ? Math.log(value / this.low) / Math.log(this.high / this.low) : (value - this.low) / (this.high - this.low);
  }
  at(value) { return this.from + this.unit(value) * (this.to - this.from); }
  inverse(pixel) {
    const part = (pixel - this.from) / (this.to - this.from);
    return this.isLogarithmic ? this.low * (this.high / this.low) ** part : this.low + part * (this.high - this.low);
  }
  ticks(count) {
    if (this.isLogarithmic && this.high / this.low > 8) {
      const result = [];
      for (let power = Math.floor(Math.log10(this.low)); power <= Math.log10(this.high); power++)
        for (const factor of this.high / this.low > 1e3 ? [1] : [1, 2, 5]) {
          const value = factor * 10 ** power;
          if (value >= this.low && value <= this.high) result.push(value);
        }
      return result;
    }
    const rough = (this.high - this.low) / count, power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].map((factor) => factor * power).find((value) => value >= rough);
    const first = Math.ceil(this.low / step), marks = Math.min(20, Math.floor(this.high / step + 1e-6) - first + 1);
    return Array.from({ length: Math.max(0, marks) }, (_, index) => (first + index) * step);
  }
}

class LineChart {
  static count = 0;

  /** series(run, index): [{label, color, points, marks, dash}] of one run. */
  constructor(title, series, { zero = false } = {}) {
    Object.assign(this, { title, series, zero });
    this.svg = element("svg", { role: "img", "aria-label": title });
    this.tip = element("div", { class: "tip" });
    this.figure = element("figure", {}, element("h3", {}, title), this.svg, this.tip);
    this.svg.addEventListener("pointermove", (event) => this.hover(event));
    this.svg.addEventListener("pointerleave", () => this.leave());
    this.svg.addEventListener("pointerdown", (event) => { if (event.pointerType !== "touch") this.dragStart = this.pixel(event); });
    this.svg.addEventListener("pointerup", (event) => this.drop(event));
    this.svg.addEventListener("dblclick", () => { view.range = null; draw(); });
  }

  get hasData() { return runs.some((run, index) => this.series(run, index).some((line) => line.points.length)); }

  lines() {
    return runs.flatMap((run, index) => (view.hidden.has(index) ? [] : this.series(run, index)))
      .map((line) => ({ ...line, points: finite(line.points) }))
      .filter((line) => line.points.length);
  }

  draw() {
    const width = this.svg.clientWidth || 440, height = this.svg.clientHeight || 240;
    const frame = { left: 52, right: width - 8, top: 6, bottom: height - 22 };
    this.svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.svg.replaceChildren();
    this.drawn = this.lines();
    if (!this.drawn.length) return;
    const all = this.drawn.flatMap((line) => line.points.map(([x]) => x));
    const [first, last] = view.range ?? [min(all), max(all)];
    const inside = (points) => points.filter(([x]) => x >= first && x <= last);
    const heights = this.drawn.flatMap((line) => inside(smoothed(line.points, line.marks ? 0 : view.smoothing)).map(([, y]) => y));
    if (!heights.length) return;
    let [low, high] = [min(heights), max(heights)];
    if (this.zero && !view.logY) low = Math.min(0, low);
    const margin = view.logY ? 1 : (high - low) * 0.04;
    if (!view.logY) { high += margin; if (low !== 0) low -= margin; }
    this.x = new Scale(first, last, frame.left, frame.right, view.logX && first > 0);
    this.y = new Scale(low, high, frame.bottom, frame.top, view.logY);
    this.clip = `clip-${LineChart.count++}`;
    this.svg.append(element("clipPath", { id: this.clip }, element("rect", {
      x: frame.left, y: 0, width: frame.right - frame.left + 4, height: frame.bottom + 2 })));
    this.axes(frame);
    for (const line of this.drawn) this.drawLine(line, frame, first, last);
    this.cursor = element("line", { y1: frame.top, y2: frame.bottom, stroke: "var(--muted)", "stroke-width": 1, visibility: "hidden" });
    this.band = element("rect", { y: frame.top, height: frame.bottom - frame.top, fill: "var(--muted)", opacity: 0.15, visibility: "hidden" });
    this.svg.append(this.cursor, this.band);
  }

  axes(frame) {
    for (const tick of this.y.ticks(4)) {
      const y = this.y.at(tick);
      this.svg.append(element("line", { x1: frame.left, x2: frame.right, y1: y, y2: y, stroke: "var(--grid)" }),
        element("text", { x: frame.left - 6, y: y + 4, "text-anchor": "end" }, number(tick)));
    }
    for (const tick of this.x.ticks(Math.max(2, Math.floor((frame.right - frame.left) / 110))))
      this.svg.append(element("text", { x: Math.min(this.x.at(tick), frame.right - 14), y: frame.bottom + 16, "text-anchor": "middle" }, formatX(tick)));
  }

  drawLine(line, frame, first, last) {
    const path = (points) => thinned(points, frame.right - frame.left)
      .map(([x, y], index) => `${index ? "L" : "M"}${this.x.at(x).toFixed(1)} ${clamp(this.y.at(y), frame).toFixed(1)}`).join("");
    const from = Math.max(0, line.points.findIndex(([x]) => x >= first) - 1);
    const after = line.points.findIndex(([x]) => x > last);
    const visible = (points) => points.slice(from, after < 0 ? points.length : after + 1);
    const base = { fill: "none", stroke: line.color, "stroke-dasharray": line.dash ?? "none", "clip-path": `url(#${this.clip})` };
    const isSmoothed = view.smoothing > 0 && !line.marks;
    if (isSmoothed) this.svg.append(element("path", { ...base, d: path(visible(line.points)), opacity: 0.25 }));
    const shown = smoothed(line.points, isSmoothed ? view.smoothing : 0);
    this.svg.append(element("path", { ...base, d: path(visible(shown)), "stroke-width": 1.6, "stroke-linejoin": "round" }));
    if (line.marks)
      for (const [x, y] of visible(line.points).filter(([x]) => x >= first && x <= last))
        this.svg.append(element("circle", { cx: this.x.at(x), cy: this.y.at(y), r: 3, fill: line.color }));
  }

  pixel(event) { return event.clientX - this.svg.getBoundingClientRect().left; }

  hover(event) {
    if (!this.drawn?.length || !this.x) return;
    const pixel = this.pixel(event), x = this.x.inverse(pixel);
    this.cursor.setAttribute("x1", pixel); this.cursor.setAttribute("x2", pixel); this.cursor.setAttribute("visibility", "visible");
    if (this.dragStart !== undefined) {
      this.band.setAttribute("x", Math.min(pixel, this.dragStart)); this.band.setAttribute("width", Math.abs(pixel - this.dragStart));
      this.band.setAttribute("visibility", "visible");
    }
    const rows = this.drawn.map((line) => {
      const points = smoothed(line.points, line.marks ? 0 : view.smoothing);
      const [at, y] = points.reduce((best, point) => (Math.abs(point[0] - x) < Math.abs(best[0] - x) ? point : best));
      const swatch = element("i"); swatch.style.background = line.color;
      return element("div", {}, swatch, `${line.label}  ${number(y)}`, element("span", { class: "muted" }, `  at ${formatX(at)}`));
    });
    this.tip.replaceChildren(...rows);
    this.tip.style.display = "block";
    const room = this.figure.clientWidth - this.tip.offsetWidth - 8;
    this.tip.style.left = Math.max(8, Math.min(pixel + 24, room)) + "px";
    this.tip.style.top = "34px";
  }

  leave() {
    this.tip.style.display = "none"; this.dragStart = undefined;
    this.cursor?.setAttribute("visibility", "hidden"); this.band?.setAttribute("visibility", "hidden");
  }

  drop(event) {
    const start = this.dragStart, end = this.pixel(event);
    this.dragStart = undefined;
    if (start === undefined || Math.abs(end - start) < 8 || !this.drawn?.length || !this.x) return;
    view.range = [this.x.inverse(Math.min(start, end)), this.x.inverse(Math.max(start, end))];
    draw();
  }
}

const min = (values) => values.reduce((a, b) => Math.min(a, b), Infinity);
const max = (values) => values.reduce((a, b) => Math.max(a, b), -Infinity);
const clamp = (value, frame) => Math.max(frame.top - 500, Math.min(frame.bottom + 500, value));

// --- Layers over time ------------------------------------------------------------------------------------------------

/** One row per layer, one column per logged step; dark is much. */
class LayerChart {
  constructor(title, run, index, key, layers) {
    Object.assign(this, { title, run, index, key, layers });
    this.svg = element("svg", { role: "img", "aria-label": title });
    this.tip = element("div", { class: "tip" });
    this.caption = element("figcaption");
    this.svg.addEventListener("pointerleave", () => { this.tip.style.display = "none"; });
    this.figure = element("figure", { class: "layers" }, element("h3", {}, title), this.svg, this.caption, this.tip);
  }

  draw() {
    this.figure.style.display = view.hidden.has(this.index) ? "none" : "";
    const width = this.svg.clientWidth || 440, rowHeight = Math.max(8, Math.min(22, 260 / this.layers)), left = 30;
    this.svg.setAttribute("viewBox", `0 0 ${width} ${this.layers * rowHeight + 4}`);
    this.svg.replaceChildren();
    const columns = [...Array(this.layers).keys()].map((layer) => column(this.run, "training", `ternary.layers.${layer}.${this.key}`));
    const all = columns.flatMap((points) => points.map(([, y]) => y));
    if (!all.length) return;
    const [low, high] = [min(all), max(all)], longest = max(columns.map((points) => points.length));
    const together = Math.max(1, Math.ceil(longest / ((width - left) / 3)));
    const cell = (width - left) / Math.ceil(longest / together);
    columns.forEach((points, layer) => {
      if (rowHeight >= 11 || layer % 4 === 0)
        this.svg.append(element("text", { x: left - 6, y: layer * rowHeight + rowHeight / 2 + 4, "text-anchor": "end" }, String(layer)));
      for (let start = 0; start < points.length; start += together) {
        const part = points.slice(start, start + together), mean = part.reduce((sum, point) => sum + point[1], 0) / part.length;
        const strength = high > low ? (mean - low) / (high - low) : 0.5;
        const box = element("rect", { x: left + (start / together) * cell, y: layer * rowHeight, width: cell + 0.3, height: rowHeight - 1,
          fill: `rgba(var(--heat), ${(0.06 + 0.94 * strength).toFixed(3)})` });
        box.addEventListener("pointerenter", () => {
          this.tip.replaceChildren(`layer ${layer} at ${formatX(part[0][0])}: ${number(mean)}`);
          this.tip.style.display = "block"; this.tip.style.left = "40px"; this.tip.style.top = "6px";
        });
        this.svg.append(box);
      }
    });
    this.caption.textContent = `${number(low)} (light) to ${number(high)} (dark); layers from top to bottom, time from left to right`;
  }
}

// --- The page --------------------------------------------------------------------------------------------------------

const training = (key, label = "", dash) => (run, index) =>
  [{ label: (label ? label + " " : "") + run.name, color: color(index), dash, points: column(run, "training", key) }];

const withValidation = (key, validationKey) => (run, index) => [
  ...training(key, "training")(run, index),
  { label: "validation " + run.name, color: color(index), marks: true, dash: "5 3", points: column(run, "validation", validationKey) },
];

const shares = (run, index) =>
  [["minus", "−1", "2 3"], ["zero", "0", undefined], ["plus", "+1", "7 3"]].map(([key, name, dash]) => ({
    label: `${name} ${run.name}`, color: color(index), dash, points: column(run, "training", `ternary.share.${key}`) }));

const known = new Set(["step", "tokens", "loss", "bits_per_byte", "learning_rate", "weight_decay", "grad_norm", "tokens_per_second", "elapsed_seconds"]);

function charts() {
  const list = [
    new LineChart("Loss, nats", (run, index) => [
      ...withValidation("loss", "validation_nats_per_token")(run, index),
      { label: "validation " + run.name, color: color(index), marks: true, dash: "5 3", points: column(run, "validation", "validation_loss") }]),
    new LineChart("Bits per byte", withValidation("bits_per_byte", "validation_bits_per_byte")),
    new LineChart("Learning rate", training("learning_rate"), { zero: true }),
    new LineChart("Weight decay", training("weight_decay"), { zero: true }),
    new LineChart("Gradient norm before clipping", training("grad_norm"), { zero: true }),
    new LineChart("Tokens per second", training("tokens_per_second"), { zero: true }),
    new LineChart("Share of the codes (dotted −1, solid 0, dashed +1)", shares),
    new LineChart("Changes of code, per weight and 1000 steps", training("ternary.flipped_per_1000_steps"), { zero: true }),
  ];
  const others = new Set(runs.flatMap((run) => run.training.keys).filter((key) => !known.has(key) && !key.startsWith("ternary.")));
  for (const key of others) list.push(new LineChart(key.replaceAll("_", " "), withValidation(key, "validation_" + key)));
  return list.filter((chart) => chart.hasData);
}

function layerCharts() {
  return runs.flatMap((run, index) => {
    const layers = new Set(run.training.keys.map((key) => key.match(/^ternary\.layers\.(\d+)\./)?.[1]).filter((layer) => layer !== undefined)).size;
    const of = runs.length > 1 ? ` – ${run.name}` : "";
    return layers ? [
      new LayerChart("Codes changed since the last log line, by layer" + of, run, index, "flipped", layers),
      new LayerChart("Share of zeros, by layer" + of, run, index, "zero", layers)] : [];
  });
}

function card(run, index) {
  const box = element("input", { type: "checkbox", checked: "" });
  box.addEventListener("change", () => { box.checked ? view.hidden.delete(index) : view.hidden.add(index); draw(); });
  const list = element("dl", {}, ...run.facts.flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)]));
  const made = element("div", { class: "run" }, element("label", {}, box, run.name), list);
  made.style.setProperty("--color", color(index));
  return made;
}

function controls() {
  const bar = document.getElementById("controls");
  const add = (text, input, change) => {
    input.addEventListener("input", () => { change(input); draw(); });
    bar.append(element("label", {}, text, input));
  };
  const axis = element("select", {}, ...[["step", "steps"], ["tokens", "tokens"], ["seconds", "time"]]
    .map(([value, text]) => element("option", { value }, text)));
  add("x axis", axis, (input) => { view.x = input.value; view.range = null; });
  add("log x", element("input", { type: "checkbox" }), (input) => { view.logX = input.checked; view.range = null; });
  add("log y", element("input", { type: "checkbox" }), (input) => { view.logY = input.checked; });
  add("smoothing", element("input", { type: "range", min: 0, max: 0.98, step: 0.02, value: 0 }), (input) => { view.smoothing = Number(input.value); });
  const reset = element("button", { type: "button" }, "whole range");
  reset.addEventListener("click", () => { view.range = null; draw(); });
  bar.append(reset, element("span", { class: "muted" }, "drag in a chart to look closer, double click to go back"));
}

function table(id, rows) {
  const holder = document.getElementById(id);
  if (!rows.length) return holder.closest("section").remove();
  const head = element("tr", {}, element("th"), ...runs.map((run) => element("th", {}, run.name)));
  holder.append(element("table", {}, head, ...rows.map(([key, values]) => {
    const differs = runs.length > 1 && key !== "output_dir" && new Set(values).size > 1;
    return element("tr", differs ? { class: "differs" } : {}, element("td", {}, key), ...values.map((value) => element("td", {}, value ?? "–")));
  })));
}

function pairs(of) {
  const keys = [...new Set(runs.flatMap((run) => run[of].map(([key]) => key)))];
  return keys.map((key) => [key, runs.map((run) => run[of].find(([name]) => name === key)?.[1])]);
}

function samples() {
  const holder = document.getElementById("samples");
  const steps = [...new Set(runs.flatMap((run) => run.samples.map((sample) => sample.step)))].sort((a, b) => a - b);
  if (!steps.length) return holder.closest("section").remove();
  const choice = element("input", { type: "range", min: 0, max: steps.length - 1, value: steps.length - 1 });
  const name = element("span"), body = element("div");
  const show = () => {
    const step = steps[Number(choice.value)];
    name.textContent = `step ${step}`;
    body.replaceChildren(...runs.flatMap((run) => run.samples.filter((sample) => sample.step === step).map((sample) =>
      element("div", {}, runs.length > 1 ? element("span", { class: "muted" }, run.name) : "",
        element("pre", {}, element("b", {}, sample.prompt), sample.text)))));
  };
  choice.addEventListener("input", show);
  holder.append(element("label", {}, choice, " ", name), body);
  show();
}

const drawings = charts(), layers = layerCharts();
document.getElementById("runs").append(...runs.map(card));
document.getElementById("charts").append(...drawings.map((chart) => chart.figure));
if (layers.length) document.getElementById("layers").append(...layers.map((chart) => chart.figure));
else document.getElementById("layers").closest("section").remove();
controls();
samples();
table("recipe", pairs("recipe"));
table("environment", pairs("environment"));
function draw() { for (const chart of [...drawings, ...layers]) chart.draw(); }
draw();
let pending;
addEventListener("resize", () => { cancelAnimationFrame(pending); pending = requestAnimationFrame(draw); });
