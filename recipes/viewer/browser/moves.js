// Moves: the token that is chosen, its numbers, and the keys.
function numbersOf(card, at) {
  const { dump, rollout, view } = card, place = rollout.start + at;
  const text = dump.text[place];
  const part = !isGenerated(dump, place) ? ", said by the environment" : isPlanning(dump, place) ? ", planning" : "";
  const turn = rollout.turns.findIndex((one) => at >= one[0] && at < one[1]);
  const about = `of ${card.name}, token ${at}${rollout.turns.length > 1 && turn >= 0 ? ` in turn ${turn + 1}` : ""}${dump.id[place] >= 0 ? `, id ${dump.id[place]}` : ""}${part}`;
  byId("token-name").replaceChildren(element("code", { textContent: alone(text) }), ` ${about}`);
  const value = written(card.valueAt(place));
  byId("token-name").append(`: ${view.difference ? "B - A of " : ""}${view.layer.label} ${value}`);
  const rows = dump.listed.map((layer) => [layer.label, valueOf(dump, layer, place), layer.unit]);
  if (view.difference) rows.unshift([`B - A of ${view.layer.label}`, card.valueAt(place), view.layer.unit]);
  byId("token-numbers").replaceChildren(...rows.map(([label, value, unit]) => element("div", {},
    element("dt", { textContent: label }),
    element("dd", { textContent: written(value) + (unit === "nats" && !Number.isNaN(value) ? " nats" : "") }))));
}

function moveTo(view, card, at, { focus = true } = {}) {
  const before = view.at;
  view.at = { card, at: Math.max(0, Math.min(card.rollout.tokens - 1, at)) };
  if (before && before.card.blocks.length) {
    const block = before.card.blocks[Math.floor(before.at / BLOCK)];
    if (block.isOpen) before.card.shade(block.children[before.at % BLOCK]);
  }
  const span = card.spanAt(view.at.at);
  card.shade(span);
  if (focus) card.body.focus({ preventScroll: true });
  span.scrollIntoView({ block: "nearest", inline: "nearest" });
  numbersOf(card, view.at.at);
}

// The token of the line above (-1) or below (1) that lies nearest to the chosen one.
function lineFrom(card, at, direction) {
  const here = card.spanAt(at).getClientRects()[0];
  const middle = here.left + here.width / 2;
  let best = null, lineTop = null;
  for (let next = at + direction; next >= 0 && next < card.rollout.tokens && Math.abs(next - at) < 400; next += direction) {
    const place = card.spanAt(next).getClientRects()[0];
    if (!place || direction * (place.top - here.top) < here.height / 2) continue;
    if (lineTop === null) lineTop = place.top;
    if (Math.abs(place.top - lineTop) > here.height / 2) break;
    const distance = Math.abs(place.left + place.width / 2 - middle);
    if (!best || distance < best.distance) best = { at: next, distance };
  }
  return best ? best.at : at;
}

// Where keys move from. Before a token is chosen, only left and right start at the first one: the
// others scroll the page.
function chosen(view, key) {
  const focused = document.activeElement && document.activeElement.card;
  if (view.at && (!focused || view.at.card === focused)) return view.at;
  const card = focused || (["ArrowLeft", "ArrowRight"].includes(key) ? cards[0] : null);
  return card ? { card, at: -1 } : null;
}

function listen(view, actions) {
  const token = (event) => {
    const span = event.target.closest && event.target.closest(".t");
    return span && span.at !== undefined ? [span.closest("article").card, span.at] : null;
  };
  byId("cards").addEventListener("pointerover", (event) => {
    const found = event.pointerType === "touch" ? null : token(event);
    if (found) numbersOf(...found);
  });
  byId("cards").addEventListener("pointerleave", () => view.at && numbersOf(view.at.card, view.at.at));
  byId("cards").addEventListener("click", (event) => {
    const found = token(event);
    if (found) moveTo(view, ...found);
  });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const shared = { "[": () => actions.layer(-1), "]": () => actions.layer(1), "<": () => actions.step(-1), ">": () => actions.step(1) };
    const inControl = event.target.matches("input, select, button, summary, pre, .scroll");
    const moves = inControl ? {} : {
      ArrowLeft: (card, at) => (at < 0 ? 0 : at - 1),
      ArrowRight: (card, at) => at + 1,
      ArrowUp: (card, at) => (at < 0 ? 0 : lineFrom(card, at, -1)),
      ArrowDown: (card, at) => (at < 0 ? 0 : lineFrom(card, at, 1)),
      Home: () => 0,
      End: (card) => card.rollout.tokens - 1,
    };
    const from = moves[event.key] && chosen(view, event.key);
    if (shared[event.key]) shared[event.key]();
    else if (from) moveTo(view, from.card, moves[event.key](from.card, from.at));
    else return;
    event.preventDefault();
  });
}
