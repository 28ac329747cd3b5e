// Cards: a rollout each. Text is always there, as one text node per block of tokens; only blocks
// on the screen have an element per token, and only cards near the screen have blocks.
const BLOCK = 48;
const SVG = "http://www.w3.org/2000/svg";
const cards = [];

const nearCards = new IntersectionObserver((entries) => {
  for (const entry of entries) entry.isIntersecting ? entry.target.card.fill() : entry.target.card.empty();
}, { rootMargin: "30% 0px" });

const nearBlocks = new IntersectionObserver((entries) => {
  for (const entry of entries) entry.isIntersecting ? entry.target.card.open(entry.target.number) : entry.target.card.close(entry.target.number);
}, { scrollMargin: "60px" });

class Card {
  constructor(view, run, dump, rollout, partner) {
    Object.assign(this, { view, run, dump, rollout, partner });
    this.blocks = [];
    const letter = view.runs > 1 ? `${"AB"[run]}: ` : "";
    this.name = letter + rollout.label;
    this.body = element("div", { className: "body shaded", tabIndex: 0, role: "group", "aria-label": `Tokens of ${this.name}, arrow keys move` });
    this.body.card = this;
    const svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("class", "spark");
    svg.setAttribute("viewBox", "0 0 200 24");
    svg.setAttribute("preserveAspectRatio", "none");
    svg.setAttribute("role", "img");
    this.line = document.createElementNS(SVG, "polyline");
    for (const [name, value] of [["fill", "none"], ["stroke", "currentColor"], ["stroke-width", "1.5"], ["vector-effect", "non-scaling-stroke"]]) this.line.setAttribute(name, value);
    svg.append(this.line);
    this.spark = svg;
    this.element = element("article", { "aria-label": this.name }, this.header(letter), svg, this.body);
    this.body.style.height = this.guess();
    this.element.card = this;
    nearCards.observe(this.element);
  }

  header(letter) {
    const { rollout, dump } = this;
    const turns = rollout.turns.length > 1 ? [element("span", { textContent: `${rollout.turns.length} turns` })] : [];
    const answer = rollout.answer ? `answer ${rollout.answer}` : "no answer";
    return element("header", {},
      element("h3", { textContent: letter + rollout.label }),
      element("span", { textContent: `reward ${written(rollout.reward)}`, className: rollout.reward > 0 ? "right" : "" }),
      element("span", { textContent: rollout.verdict }),
      element("span", { textContent: answer }),
      element("span", { textContent: `${rollout.tokens} tokens` }), ...turns);
  }

  // About its height until it is filled: long ones have that of the stylesheet.
  guess() {
    const { start, tokens } = this.rollout, wide = Math.min(640, byId("cards").clientWidth) / 8.7;
    if (tokens > 2000) return "24rem";
    const text = this.dump.text.slice(start, start + tokens).join("");
    const lines = text.split("\n").reduce((sum, line) => sum + Math.ceil((line.length + 1) / wide), 0);
    return `${Math.min(24, 1.6 * lines)}rem`;
  }

  fill() {
    if (this.blocks.length) return;
    const { start, tokens } = this.rollout;
    for (let first = 0; first < tokens; first += BLOCK) {
      const text = this.dump.text.slice(start + first, start + Math.min(tokens, first + BLOCK)).join("");
      const block = element("span", { textContent: text });
      Object.assign(block, { card: this, number: this.blocks.length });
      this.blocks.push(block);
    }
    this.body.append(...this.blocks);
    this.body.style.height = "";
    this.blocks.forEach((block) => nearBlocks.observe(block));
    this.drawSpark();
  }

  empty() {
    if (!this.blocks.length) return;
    this.body.style.height = `${this.body.offsetHeight}px`;
    this.blocks.forEach((block) => nearBlocks.unobserve(block));
    this.blocks = [];
    this.body.replaceChildren();
  }

  open(number) {
    const block = this.blocks[number];
    if (!block || block.isOpen) return;
    block.isOpen = true;
    const spans = document.createDocumentFragment();
    const end = Math.min(this.rollout.tokens, (number + 1) * BLOCK);
    for (let at = number * BLOCK; at < end; at++) spans.append(this.span(at));
    block.replaceChildren(spans);
  }

  close(number) {
    const block = this.blocks[number];
    if (!block || !block.isOpen) return;
    block.isOpen = false;
    block.textContent = block.textContent;
  }

  span(at) {
    const span = document.createElement("span");
    span.textContent = this.dump.text[this.rollout.start + at];
    span.at = at;
    this.shade(span);
    return span;
  }

  valueAt(place) {
    const { view, dump } = this;
    const layer = dump.layer[view.layer.key];
    if (!view.difference) return valueOf(dump, layer, place);
    if (!this.partner) return NaN;
    const there = place - this.rollout.start + this.partner.rollout.start;
    const other = valueOf(this.partner.dump, this.partner.dump.layer[view.layer.key], there);
    const own = valueOf(dump, layer, place);
    return this.run ? own - other : other - own;
  }

  shade(span) {
    const { dump, rollout, view } = this;
    const place = rollout.start + span.at;
    let base = isGenerated(dump, place) ? "t" : "t said";
    if (isPlanning(dump, place)) base += " plan";
    if (view.at && view.at.card === this && view.at.at === span.at) base += " at";
    paint(span, base, shadeOf(this.valueAt(place), view.scale), view.scale[2] !== null);
  }

  drawSpark() {
    const { points, low, high } = sparkline(this.dump, this.rollout, (place) => this.valueAt(place), this.view.scale);
    this.line.setAttribute("points", points);
    const range = points ? `from ${written(low)} to ${written(high)}` : "not known";
    this.spark.setAttribute("aria-label", `${this.view.layer.label} along ${this.name}, means of stretches ${range}`);
  }

  repaint() {
    if (!this.blocks.length) return;
    for (const block of this.blocks) if (block.isOpen) for (const span of block.children) this.shade(span);
    this.drawSpark();
  }

  // The element of a token, made if it is not there.
  spanAt(at) {
    this.fill();
    const number = Math.floor(at / BLOCK);
    this.open(number);
    return this.blocks[number].children[at % BLOCK];
  }

  remove() {
    this.empty();
    nearCards.unobserve(this.element);
    this.element.remove();
  }
}
