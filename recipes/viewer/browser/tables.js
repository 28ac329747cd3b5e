// Tables: what moved, what is conserved, how two runs differ, and every number of a rollout.
const MOVED = 100, ROWS = 50;

const cell = (text, word = false) => element("td", { textContent: text, className: word ? "w" : "" });

function fillTable(table, caption, headings, rows) {
  const head = element("tr", {}, ...headings.map(([text, word]) => element("th", { scope: "col", textContent: text, className: word ? "w" : "" })));
  table.replaceChildren(
    element("caption", { textContent: caption }),
    element("thead", {}, head),
    element("tbody", {}, ...rows.map((cells) => (cells instanceof Node ? cells : element("tr", {}, ...cells)))),
  );
}

const named = (layer) => (layer.unit === "nats" ? `${layer.label}, nats` : layer.label);

// The places of the largest |values|, largest first, without sorting all of them.
function largest(cardsShown, layerKey, most) {
  let found = [], least = 0;
  const cut = () => {
    found.sort((a, b) => b.size - a.size);
    found.length = Math.min(found.length, most);
    if (found.length === most) least = found[most - 1].size;
  };
  for (const card of cardsShown) {
    const layer = card.dump.layer[layerKey];
    if (!layer) continue;
    for (let at = 0; at < card.rollout.tokens; at++) {
      const value = valueOf(card.dump, layer, card.rollout.start + at);
      const size = Math.abs(value);
      if (size > least) {
        found.push({ card, at, value, size });
        if (found.length >= 4 * most) cut();
      }
    }
  }
  cut();
  return found;
}

function drawMoved(shown, go) {
  byId("moved-name").parentElement.hidden = !shown.some((card) => card.dump.layer.moved);
  const found = largest(shown, "moved", MOVED);
  const caption = found.length
    ? `The ${found.length} largest of |final A - episode A|, dimensionless. A token's button goes to it.`
    : "No credit moved: every token has its rollout's episode advantage.";
  const rows = found.map(({ card, at, value }) => {
    const { dump, rollout } = card, place = rollout.start + at;
    const number = (key) => cell(written(valueOf(dump, dump.layer[key], place)));
    const button = element("button", { type: "button", textContent: alone(dump.text[place]) });
    button.setAttribute("aria-label", `Go to token ${at} of ${card.name}: ${dump.text[place]}`);
    button.addEventListener("click", () => go(card, at));
    return [element("td", { className: "w" }, button), cell(card.name, true), cell(String(at)),
      cell(written(value, true)), cell(written(dump.column[dump.layer.moved.minus][place])), number("advantage"), number("weight"), number("entropy"),
      cell(isPlanning(dump, place) ? "yes" : "", true)];
  });
  fillTable(byId("moved"), caption, [["token", true], ["rollout", true], ["at"], ["moved"], ["episode A"], ["final A"], ["weight"], ["H, nats"], ["planning", true]], rows);
}

function drawTotals(groups) {
  const rows = groups.flatMap(([letter, group]) => group.totals.map((one) => [
    cell(letter + one.operator, true), cell(one.quantity, true), cell(one.before === null ? "" : written(one.before)),
    cell(written(one.after)), cell(one.before === null ? "" : written(one.change, true)), cell(one.unit, true)]));
  fillTable(byId("totals"), "Over all generated tokens of the group, before and after each operator.",
    [["operator", true], ["quantity", true], ["before"], ["after"], ["change"], ["unit", true]], rows);
}

function drawCompared(pair) {
  const rows = pair.numbers.map(([label, unit, a, b]) => [cell(label, true), cell(written(a)), cell(written(b)),
    cell(a === null || b === null ? "?" : written(b - a, true)), cell(unit, true)]);
  const same = pair.same.length ? `${pair.same.length} of its rollouts have the same tokens in both runs.` : "No rollout has the same tokens in both runs, so single tokens have no difference.";
  fillTable(byId("compared"), same, [["quantity", true], ["A"], ["B"], ["B - A"], ["unit", true]], rows);
}

// Every number of a stretch of one rollout: the same as the shades show, without them.
function drawTokens(card, first, chosen, go) {
  const { dump, rollout } = card;
  const last = Math.min(rollout.tokens, first + ROWS);
  const layers = dump.listed;
  const rows = [];
  for (let at = first; at < last; at++) {
    const place = rollout.start + at;
    const button = element("button", { type: "button", textContent: alone(dump.text[place]) });
    button.setAttribute("aria-label", `Go to token ${at}: ${dump.text[place]}`);
    button.addEventListener("click", () => go(card, at));
    const said = isGenerated(dump, place) ? "" : "environment";
    const row = element("tr", { className: at === chosen ? "at" : "" }, cell(String(at)), element("td", { className: "w" }, button),
      cell(isPlanning(dump, place) ? "planning" : said, true),
      ...layers.map((layer) => cell(written(valueOf(dump, layer, place)))));
    rows.push(row);
  }
  fillTable(byId("table"), `Tokens ${first} to ${last - 1} of ${rollout.tokens} of ${card.name}.`,
    [["at"], ["token", true], ["part", true], ...layers.map((layer) => [named(layer)])], rows);
  byId("earlier").disabled = first === 0;
  byId("later").disabled = last === rollout.tokens;
}
