// Data: the facts of the page, and the dumps, unpacked when a step is shown. See payload.py.
const PAGE = JSON.parse(document.getElementById("page-data").textContent);
const KEPT = 4; // unpacked steps
const unpacked = new Map();

async function dumpOf(run, step) {
  const key = `${run}-${step}`;
  if (!unpacked.has(key)) {
    if (unpacked.size >= KEPT) unpacked.delete(unpacked.keys().next().value);
    unpacked.set(key, await unpack(document.getElementById(`block-${key}`).textContent));
  }
  return unpacked.get(key);
}

async function unpack(text) {
  const characters = atob(text), packed = new Uint8Array(characters.length);
  for (let i = 0; i < packed.length; i++) packed[i] = characters.charCodeAt(i);
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  const bytes = await new Response(stream).arrayBuffer();
  const length = new DataView(bytes).getUint32(0, true);
  const dump = JSON.parse(new TextDecoder().decode(new Uint8Array(bytes, 4, length)));
  const tokens = dump.text.length;
  let offset = 4 + length;
  const take = (kind, size) => {
    const found = new kind(bytes, offset, tokens);
    offset += size * tokens;
    return found;
  };
  dump.id = take(Int32Array, 4);
  dump.column = Object.fromEntries(dump.columns.map((name) => [name, take(Float32Array, 4)]));
  dump.flag = take(Uint8Array, 1);
  let start = 0;
  for (const group of dump.groups) {
    for (const rollout of group.rollouts) {
      rollout.start = start;
      start += rollout.tokens;
      rollout.label = `rollout ${rollout.number}`;
    }
  }
  // What lies before an operator is what lies after another one, so numbers are listed without it.
  dump.listed = dump.layers.filter((layer) => !layer.key.endsWith(":before"));
  dump.layer = Object.fromEntries(dump.layers.map((layer) => [layer.key, layer]));
  return dump;
}

const isGenerated = (dump, at) => (dump.flag[at] & 1) === 1;
const isPlanning = (dump, at) => (dump.flag[at] & 2) === 2;

// Of a column, or of the difference of two; NaN where it is not known or no model wrote the token.
function valueOf(dump, layer, at) {
  if (!layer || !isGenerated(dump, at)) return NaN;
  const value = dump.column[layer.column][at];
  return layer.minus ? value - dump.column[layer.minus][at] : value;
}

function written(value, sign = false) {
  if (value === null || Number.isNaN(value)) return "?";
  const size = Math.abs(value);
  const text = size && (size < 1e-4 || size >= 1e6) ? value.toExponential(3)
    : String(Number(value.toPrecision(4)));
  return sign && value > 0 ? `+${text}` : text;
}

// A token where it stands alone: without its line break, and not blank.
function alone(text) {
  const line = text.replaceAll("\n", "");
  return line.trim() ? line : line.replaceAll(" ", "\u2423");
}

// The only way in which this page makes elements: text stays text.
function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in made) made[name] = value;
    else made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

const byId = (id) => document.getElementById(id);
