// The picture of a graph, laid out once: steps change its texts and classes, never its shape.

const TINY = 1e-4; // as drawing/pictures/style.py has it: small against the largest gradient of the picture
const NATURAL_SCALE = 4 / 3; // a point of the picture's 72 to the inch, in a page's pixels
const LARGEST_SCALE = 1.4; // a picture that is fitted to its frame grows no larger than this
const MARGIN = 16; // pixels between the frame and the value that a step is about
const CROWDED = 100; // values; from here on arrows have a label only in their own step
const LEGIBLE_SCALE = 0.8; // below, a picture begins at its own size instead of fitted

/**
 * What is said of a gradient by the colour of its node.
 * @param {number | null} gradient
 * @param {number} largest absolute value in the picture
 * @returns {string} "none", "zero", "tiny", "positive", "negative", "nan" or "inf"
 */
function toneOf(gradient, largest) {
  if (gradient === null) {
    return "none";
  }
  if (!Number.isFinite(gradient)) {
    return Number.isNaN(gradient) ? "nan" : "inf";
  }
  if (gradient === 0) {
    return "zero";
  }
  if (Math.abs(gradient) < TINY * largest) {
    return "tiny";
  }
  return gradient > 0 ? "positive" : "negative";
}

/** Writes a text where it is another one; there are thousands in a large picture. */
function write(element, text) {
  if (element && element.textContent !== text) {
    element.textContent = text;
  }
}

/** An SVG in a frame that scrolls. */
class Graphic {
  /**
   * @param {object} scene
   * @param {(id: string) => void} onSelect called with the node that is clicked or entered
   */
  constructor(scene, onSelect) {
    this.svg = document.importNode(
      new DOMParser().parseFromString(scene.svg, "image/svg+xml").documentElement,
      true,
    );
    this.svg.querySelectorAll("title").forEach((title) => title.remove()); // they say "v3"
    this.width = this.svg.viewBox.baseVal.width * NATURAL_SCALE;
    ["width", "height"].forEach((name) => this.svg.removeAttribute(name));
    this.svg.setAttribute("role", "group");
    this.svg.setAttribute("aria-label", "Graph");
    this.svg.classList.toggle("crowded", scene.nodes.length >= CROWDED);
    this.groups = new Map([...this.svg.querySelectorAll("g[id]")].map((g) => [g.id, g]));
    this.values = new Map(scene.nodes.map((node) => [node.id, this.valueOf(node)]));
    this.overview = null; // the value to be seen where no step is looked at
    this.highlighted = [];
    this.focusable = null; // the value of the step, the one that the tab key reaches
    this.frame = make("div", { class: "frame", tabindex: "0", role: "group" }, this.svg);
    this.frame.setAttribute("aria-label", "The graph, in a frame that scrolls");
    this.addArrow();
    const select = (event) => {
      const group = event.target.closest("g.value");
      const isKey = event.key === "Enter" || event.key === " ";
      if (group && this.values.has(group.id) && (isKey || event.type === "click")) {
        if (isKey) {
          event.preventDefault(); // space would scroll
          event.stopPropagation(); // and play
        }
        onSelect(group.id);
      }
    };
    this.svg.addEventListener("click", select);
    this.svg.addEventListener("keydown", select);
  }

  /** The elements of a value: its group, the texts that change, and what waits with it. */
  valueOf(node) {
    const group = this.groups.get(node.id);
    const texts = [...group.querySelectorAll("text")];
    const gradient = node.role === "constant" ? null : texts.pop();
    const arrows = node.uses.map((_, use) => this.groups.get(`${node.id}-${use}`));
    const others = [this.groups.get(`${node.id}-op`), this.groups.get(`${node.id}-out`)];
    group.setAttribute("role", "button");
    group.setAttribute("tabindex", "-1");
    return {
      node,
      group,
      gradient,
      number: texts.pop(),
      partials: arrows.map((arrow) => arrow.querySelector("text")),
      parts: [group, ...arrows, ...others.filter((part) => part)],
      tone: gradient && /grad-(\w+)/.exec(group.getAttribute("class"))[1],
    };
  }

  /** The head of an arrow that points back. Its id is its own among all pictures of a page. */
  addArrow() {
    const id = `arrow-${Math.random().toString(36).slice(2)}`;
    const box = { id, viewBox: "0 0 10 10", refX: 9, refY: 5, markerWidth: 5, markerHeight: 5 };
    const marker = makeSvg("marker", { ...box, orient: "auto-start-reverse" });
    marker.append(makeSvg("path", { d: "M0 0.5 L10 5 L0 9.5 z", class: "arrow" }));
    this.svg.prepend(makeSvg("defs", {}, marker));
    this.svg.style.setProperty("--arrow", `url(#${id})`);
  }

  /**
   * Shows the numbers of a value; null means that it is not computed yet.
   * @param {string} id
   * @param {string | null} number
   * @param {string | null} gradient
   * @param {string} tone of the gradient
   * @param {string[]} partials the local derivatives, "" where there is none yet
   */
  show(id, number, gradient, tone, partials) {
    const value = this.values.get(id);
    const isWaiting = number === null;
    if (value.group.classList.contains("waiting") !== isWaiting) {
      value.parts.forEach((part) => part.classList.toggle("waiting", isWaiting));
    }
    if (value.gradient && value.tone !== tone) {
      value.group.classList.replace(`grad-${value.tone}`, `grad-${tone}`);
      value.tone = tone;
    }
    write(value.number, number ?? "");
    write(value.gradient, gradient === null ? "" : `∂ ${gradient}`);
    value.partials.forEach((text, use) => write(text, partials[use]));
    const derivative = gradient === null ? "" : `, gradient ${gradient}`;
    const spoken = `${value.node.name}: ${number ?? "not computed yet"}${derivative}`;
    value.group.setAttribute("aria-label", spoken);
  }

  /** Adds a class to some groups until the next call. */
  add(name, ids) {
    for (const id of ids) {
      const group = this.groups.get(id);
      if (group) {
        group.classList.add(name);
        this.highlighted.push([group, name]);
      }
    }
  }

  /**
   * Marks what a step touches, and nothing else.
   * @param {object | null} step
   * @param {string} tone of what flows
   */
  highlight(step, tone) {
    this.highlighted.forEach(([group, name]) => group.classList.remove(name));
    this.focusable?.setAttribute("tabindex", "-1");
    this.highlighted = [];
    if (!step) {
      return;
    }
    const { kind, node, use, operand } = step;
    const uses = this.values.get(node).node.uses;
    if (kind === "forward") {
      const arrows = uses.map((_, index) => `${node}-${index}`);
      this.add("forward", [node, `${node}-op`, `${node}-out`, ...arrows]);
      this.add("taken", uses.map(([source]) => source));
    } else if (kind === "seed") {
      this.add("receives", [node]);
      this.add(`flow-${tone}`, [node]);
    } else {
      const way = [`${node}-out`, `${node}-op`, `${node}-${use}`];
      this.add("receives", [operand]);
      this.add("sends", [node]);
      this.add("backward", way);
      this.add(`flow-${tone}`, [...way, operand]);
    }
    this.focusable = this.values.get(node).group;
    this.focusable?.setAttribute("tabindex", "0");
  }

  /** Marks the selected value, what it is made from and what uses it. */
  mark(id, operands, users) {
    const marks = { selected: id ? [id] : [], operand: operands, user: users };
    for (const [name, ids] of Object.entries(marks)) {
      this.svg.querySelectorAll(`.${name}`).forEach((group) => group.classList.remove(name));
      ids.forEach((each) => this.groups.get(each)?.classList.add(name));
    }
  }

  /** Scrolls the frame, not the page, so far that what is marked can be seen. */
  reveal() {
    const marked = this.highlighted.map(([group]) => group);
    const seen = this.overview ? [this.groups.get(this.overview)] : marked;
    const boxes = seen.map((group) => group.getBoundingClientRect());
    const frame = this.frame.getBoundingClientRect();
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const shift = (low, high, start, size) => {
      const first = Math.min(...boxes.map((box) => box[low])) - start;
      const last = Math.max(...boxes.map((box) => box[high])) - start;
      if (first >= 0 && last <= size) {
        return 0;
      }
      // In the middle; but where not all fits, the value that the step is about is seen whole.
      const lowest = boxes[0][high] - start - size + MARGIN;
      const highest = boxes[0][low] - start - MARGIN;
      return Math.min(Math.max((first + last - size) / 2, lowest), highest);
    };
    const { clientWidth, clientHeight } = this.frame;
    const left = shift("left", "right", frame.left, clientWidth);
    const top = shift("top", "bottom", frame.top, clientHeight);
    if (left !== 0 || top !== 0) {
      const isFar = Math.abs(left) > clientWidth || Math.abs(top) > clientHeight;
      this.frame.scrollBy({ left, top, behavior: still || isFar ? "auto" : "smooth" });
    }
  }

  /** Fits the whole picture to its frame, or shows it at its own size. */
  zoom(isFitted) {
    this.frame.classList.toggle("fitted", isFitted);
    this.svg.style.width = isFitted ? "100%" : `${this.width}px`;
    this.svg.style.maxWidth = isFitted ? `${this.width * LARGEST_SCALE}px` : "none";
    this.reveal();
  }

  /** Whether the picture's texts can be read at its present size. */
  isLegible() {
    return this.svg.getScreenCTM().a >= NATURAL_SCALE * LEGIBLE_SCALE;
  }
}
