// The page: what is chosen, and drawing it.
const view = { runs: PAGE.runs.length, step: PAGE.steps.indexOf(PAGE.start.step), group: PAGE.start.group, layer: { key: PAGE.start.layer }, verdict: "", at: null, difference: false, first: 0 };
const ALL = "";

// The groups that are shown: of one run, or a pair of two.
function groupsShown() {
  if (view.runs === 1) return [[0, view.dumps[0].groups[view.group]]];
  const pair = view.pairs[view.group];
  return pair ? [[0, view.dumps[0].groups[pair.a]], [1, view.dumps[1].groups[pair.b]]] : [];
}

function choices() {
  const groups = view.runs === 1 ? view.dumps[0].groups : view.pairs.map((pair) => view.dumps[0].groups[pair.a]);
  view.group = Math.min(view.group, groups.length - 1);
  byId("group").replaceChildren(...groups.map((group, number) => {
    const right = group.rollouts.filter((rollout) => rollout.reward > 0).length;
    const name = group.name.length > 12 ? group.name.slice(0, 8) : group.name;
    return new Option(`${name}: ${right} of ${group.rollouts.length} paid`, number, false, number === view.group);
  }));
  const rollouts = groupsShown().flatMap(([, group]) => group.rollouts);
  const verdicts = [...new Set(rollouts.map((rollout) => rollout.verdict))].sort();
  if (!verdicts.includes(view.verdict)) view.verdict = ALL;
  byId("verdict").replaceChildren(new Option(`all (${rollouts.length})`, ALL), ...verdicts.map((verdict) => {
    const count = rollouts.filter((rollout) => rollout.verdict === verdict).length;
    return new Option(`${verdict} (${count})`, verdict, false, verdict === view.verdict);
  }));
  const step = PAGE.steps[view.step];
  Object.assign(byId("step"), { max: PAGE.steps.length - 1, value: view.step, disabled: PAGE.steps.length < 2 });
  byId("step").setAttribute("aria-valuetext", `step ${step}`);
  byId("step-now").textContent = `${step} (${view.step + 1} of ${PAGE.steps.length})`;
}

function setLayer(key) {
  const known = new Map(view.dumps.flatMap((dump) => dump.layers.map((layer) => [layer.key, layer])));
  view.layer = known.get(key) || known.values().next().value;
  layerOptions(view.dumps, view.layer.key);
  const scales = groupsShown().map(([, group]) => group.scales[view.layer.key]).filter((scale) => scale && scale[0] !== null);
  const pair = view.runs > 1 ? view.pairs[view.group] : null;
  const box = byId("difference");
  if (box) {
    box.disabled = !pair || !pair.scales[view.layer.key];
    view.difference = box.checked && !box.disabled;
  }
  view.scale = view.difference ? pair.scales[view.layer.key] : scales.length
    ? [Math.min(...scales.map((scale) => scale[0])), Math.max(...scales.map((scale) => scale[1])), scales[0][2]] : [NaN, NaN, view.layer.centre];
}

function facts() {
  const [, group] = groupsShown()[0];
  const chain = view.dumps.map((dump) => dump.operators.map((one) => one.name).join(" > "));
  const known = { "chain": view.runs > 1 && chain[0] !== chain[1] ? `A ${chain[0]}, B ${chain[1]}` : chain[0], "source": group.source, "task": group.task, "difficulty": group.difficulty, "gold": group.gold };
  byId("group-name").textContent = `Group ${group.name}, step ${PAGE.steps[view.step]}`;
  byId("facts").replaceChildren(...Object.entries(known).filter(([, value]) => value).map(([name, value]) =>
    element("span", {}, element("b", { textContent: `${name} ` }), value)));
  byId("prompt").textContent = group.prompt;
}

function drawCards() {
  view.at = null;
  byId("token-name").textContent = "Point at a token, or move with the arrow keys.";
  byId("token-numbers").replaceChildren();
  while (cards.length) cards.pop().remove();
  const groups = groupsShown();
  const pair = view.runs > 1 ? view.pairs[view.group] : null;
  const most = Math.max(...groups.map(([, group]) => group.rollouts.length));
  for (let number = 0; number < most; number++) {
    for (const [run, group] of groups) {
      const rollout = group.rollouts[number];
      if (!rollout || (view.verdict !== ALL && rollout.verdict !== view.verdict)) continue;
      const partner = pair && pair.same.includes(number) ? { dump: view.dumps[1 - run], rollout: groups[1 - run][1].rollouts[number] } : null;
      cards.push(new Card(view, run, view.dumps[run], rollout, partner));
    }
  }
  byId("cards").className = `cards${view.runs > 1 ? " two" : ""}`;
  byId("cards").append(...cards.map((card) => card.element));
  const all = groups.reduce((sum, [, group]) => sum + group.rollouts.length, 0);
  byId("filtered").textContent = cards.length === all ? "" : `${cards.length} of ${all} rollouts are shown.`;
  byId("table-rollout").replaceChildren(...cards.map((card, number) => new Option(card.name, number)));
  view.first = 0;
}

function drawTables() {
  const groups = groupsShown();
  drawMoved(cards, (card, at) => moveTo(view, card, at));
  drawTotals(groups.map(([run, group]) => [view.runs > 1 ? `${"AB"[run]}: ` : "", group]));
  if (view.runs > 1 && view.pairs[view.group]) drawCompared(view.pairs[view.group]);
  drawTable();
}

function drawTable() {
  const card = cards[Number(byId("table-rollout").value)];
  if (card) drawTokens(card, view.first, view.at && view.at.card === card ? view.at.at : -1, (to, at) => moveTo(view, to, at));
}

function draw() {
  choices();
  setLayer(view.layer.key);
  const saidSomething = groupsShown().some(([run, group]) => group.rollouts.some((rollout) => view.dumps[run].flag.subarray(rollout.start, rollout.start + rollout.tokens).some((flag) => !(flag & 1))));
  Object.assign(view, { planning: view.dumps.some((dump) => dump.planning), said: saidSomething });
  drawLegend(view);
  facts();
  drawCards();
  drawTables();
}

function repaint() {
  setLayer(byId("layer").value);
  drawLegend(view);
  cards.forEach((card) => card.repaint());
  if (view.at) numbersOf(view.at.card, view.at.at);
}

let latest = 0;
async function show(step) {
  const asked = ++latest;
  const dumps = await Promise.all(PAGE.runs.map((_, run) => dumpOf(run, PAGE.steps[step])));
  if (asked !== latest) return; // the slider has gone on
  Object.assign(view, { step, dumps, pairs: view.runs > 1 ? PAGE.compared[PAGE.steps[step]].pairs : null });
  if (view.runs > 1) byId("how").textContent = PAGE.compared[PAGE.steps[step]].how;
  draw();
}

const actions = {
  step(by) {
    const next = view.step + by;
    if (next >= 0 && next < PAGE.steps.length) show(next);
  },
  layer(by) {
    const box = byId("layer");
    box.selectedIndex = (box.selectedIndex + by + box.length) % box.length;
    repaint();
  },
};

function start() {
  byId("step").addEventListener("input", (event) => show(Number(event.target.value)));
  byId("layer").addEventListener("change", repaint);
  byId("difference")?.addEventListener("change", repaint);
  byId("group").addEventListener("change", (event) => { view.group = Number(event.target.value); draw(); });
  byId("verdict").addEventListener("change", (event) => { view.verdict = event.target.value; drawCards(); drawTables(); });
  byId("table-rollout").addEventListener("change", () => { view.first = 0; drawTable(); });
  byId("earlier").addEventListener("click", () => { view.first = Math.max(0, view.first - ROWS); drawTable(); });
  byId("later").addEventListener("click", () => { view.first += ROWS; drawTable(); });
  listen(view, actions);
  show(view.step).then(() => {
    // Set in the frame after the one in which the page is drawn.
    requestAnimationFrame(() => requestAnimationFrame(() => { document.documentElement.dataset.opened = performance.now().toFixed(0); }));
  }).catch((error) => {
    byId("trouble").hidden = false;
    byId("trouble").textContent = `This browser cannot open the page (${error.message}); it needs one of 2023 or later.`;
  });
}
start();
