// Layers: which quantity shades the tokens, on which scale.
const CREDIT = new Set(["weight", "moved", "advantage"]);

// How far a value lies from the lowest shade to the highest, 0 to 1; signed ones -1 to 1.
function shadeOf(value, [low, high, centre]) {
  if (Number.isNaN(value)) return NaN;
  const from = centre === null ? low : centre;
  const reach = Math.max(high - from, from - low);
  return reach > 0 ? Math.max(centre === null ? 0 : -1, Math.min(1, (value - from) / reach)) : 0;
}

// Class and strength of a shade.
function paint(span, base, shade, signed) {
  if (Number.isNaN(shade) || Math.abs(shade) < 0.02) {
    span.className = base;
    return;
  }
  span.className = `${base} ${signed ? (shade > 0 ? "up" : "down") : "plain"}`;
  span.style.setProperty("--k", `${Math.round(Math.abs(shade) * 90)}%`);
}

// The options of the layer selector, a section per operator.
function layerOptions(dumps, chosen) {
  const layers = new Map(dumps.flatMap((dump) => dump.layers.map((layer) => [layer.key, layer])));
  const sections = new Map();
  for (const layer of layers.values()) {
    const name = layer.section || (CREDIT.has(layer.key) ? "credit" : "policy");
    if (!sections.has(name)) sections.set(name, element("optgroup", { label: name }));
    const option = element("option", { value: layer.key, textContent: layer.label });
    option.selected = layer.key === chosen;
    sections.get(name).append(option);
  }
  byId("layer").replaceChildren(...sections.values());
}

// The style of a strip of all shades.
function rampOf(scale) {
  const [low, high, centre] = scale;
  const ends = [low, high].map((value) => {
    const shade = shadeOf(value, scale);
    const hue = centre === null ? "plain" : shade > 0 ? "up" : "down";
    return `color-mix(in srgb, var(--${hue}) ${Math.round(90 * Math.abs(shade))}%, transparent)`;
  });
  if (centre !== null && high > low) ends.splice(1, 0, `transparent ${Math.round((100 * (centre - low)) / (high - low))}%`);
  return `background: linear-gradient(to right, ${ends.join(", ")})`;
}

function drawLegend(view) {
  const { layer, scale, planning, said } = view;
  const signed = scale[2] !== null;
  const low = element("span", { textContent: written(scale[0]) });
  const high = element("span", { textContent: written(scale[1]) });
  const name = view.difference ? `B - A of ${layer.label}` : layer.label;
  const middle = signed ? [`, no shade at ${written(scale[2])}`] : [];
  const parts = [
    element("b", { textContent: `${name}, ${layer.unit}` }),
    element("span", {}, low, " ", element("span", { className: "ramp", style: rampOf(scale), role: "img", "aria-label": `shades from ${written(scale[0])} to ${written(scale[1])}` }), " ", high, ...middle),
  ];
  if (planning) parts.push(element("span", { className: "plan", textContent: "planning" }));
  if (said) parts.push(element("span", { className: "said", textContent: "said by the environment" }));
  byId("legend").replaceChildren(...parts);
}

// Mean of each of 60 stretches of a rollout, as the points of a line.
function sparkline(dump, rollout, valueAt, scale) {
  const bins = Math.min(60, rollout.tokens), points = [];
  let low = Infinity, high = -Infinity;
  for (let bin = 0; bin < bins; bin++) {
    let sum = 0, count = 0;
    const end = Math.floor(((bin + 1) * rollout.tokens) / bins);
    for (let at = Math.floor((bin * rollout.tokens) / bins); at < end; at++) {
      const value = valueAt(rollout.start + at);
      if (!Number.isNaN(value)) { sum += value; count++; }
    }
    if (!count) continue;
    const mean = sum / count;
    low = Math.min(low, mean);
    high = Math.max(high, mean);
    const shade = Math.max(0, Math.min(1, (mean - scale[0]) / (scale[1] - scale[0] || 1)));
    points.push(`${((bin / Math.max(1, bins - 1)) * 200).toFixed(1)},${(23 - shade * 22).toFixed(1)}`);
  }
  return { points: points.join(" "), low, high };
}
