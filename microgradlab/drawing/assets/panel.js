// What there is to know of one value: its derivative as the sum over its uses, its neighbours, and
// what happens when it is edited or nudged.

const MOST_USES = 8; // of one value that are written out
const FIRST_NUDGE = 0.001;
const NUDGE_POWERS = { min: -8, max: 0, step: 1 }; // of ten
const PART = "A part of the derivative: uses outside of the picture are missing.";
const KINDS = {
  input: "An input: a number that is given.",
  parameter: "A parameter: a number that training changes.",
  constant: "A number in the expression itself.",
  cut: "A result whose operands are left out: it stands here as a given number.",
};

/**
 * A number as somebody types it, in Python's or JavaScript's spelling; null where it is none.
 * @param {string} text
 * @returns {number | null}
 */
function typedNumber(text) {
  const lower = text.trim().toLowerCase().replace("−", "-");
  const plain = lower.replace(/inf(inity)?$/, "Infinity").replace(/^nan$/, "NaN");
  const isNumber = /^([+-]?(Infinity|(\d+\.?\d*|\.\d+)(e[+-]?\d+)?)|NaN)$/.test(plain);
  return isNumber ? Number(plain) : null;
}

/** A name as a part of a formula: in parentheses, unless it is one word. */
function operandName(name) {
  return /^[\p{L}\p{N}_.]+$/u.test(name) ? name : `(${name})`;
}

/** The derivative of one value by another, in letters. */
function derivativeName(of, by) {
  return `∂${operandName(of)}/∂${operandName(by)}`;
}

/** The panel beside the picture. */
class Panel {
  /** @param {Stepper} stepper whose selected value it shows */
  constructor(stepper) {
    this.stepper = stepper;
    this.id = null;
    this.content = make("div", { class: "panel-content" });
    this.choice = make("select", { change: () => stepper.select(this.choice.value || null) });
    this.choice.append(make("option", { value: "" }, "choose a value"));
    for (const node of stepper.scene.nodes) {
      if (node.role !== "constant") {
        this.choice.append(make("option", { value: node.id }, node.name));
      }
    }
    const label = make("label", { class: "choice" }, "Value ", this.choice);
    this.element = make("section", { class: "panel", "aria-label": "A value" });
    this.element.append(label, this.content);
    this.show(null);
  }

  /** Shows another value, or a hint where there is none. */
  show(id) {
    this.id = id;
    this.choice.value = id ?? "";
    if (id === null) {
      const hint = "Choose a value here or in the picture: its derivative, number by number.";
      this.content.replaceChildren(make("p", { class: "hint" }, hint));
      return;
    }
    const node = this.stepper.nodes.get(id);
    const parts = [this.heading(node), this.neighbours(node)];
    this.derivative = make("div", { class: "derivative" });
    parts.push(this.derivative);
    this.field = null;
    if (node.uses.length === 0) {
      parts.push(this.editor(node));
    }
    this.outcome = null;
    if (node.role !== "root" && node.role !== "constant") {
      parts.push(this.nudger(node));
    }
    this.content.replaceChildren(...parts);
    this.update();
    this.refresh();
  }

  /** Writes what changes with the given numbers. */
  update() {
    if (this.id === null) {
      return;
    }
    const number = this.stepper.numbers.data.get(this.id);
    this.number.textContent = this.stepper.text(number);
    if (this.field) {
      this.field.value = fullText(number);
    }
    if (this.outcome) {
      this.outcome.setAttribute("aria-live", "off"); // only what is asked for here is spoken
      this.nudge();
    }
  }

  /** Writes what changes with the step. */
  refresh() {
    if (this.id !== null) {
      this.derivative.replaceChildren(...this.sum(this.stepper.nodes.get(this.id)));
    }
  }

  /** What the value is: its formula, its number and its kind. */
  heading(node) {
    const operation = this.stepper.scene.ops[node.op];
    const kind = node.uses.length > 0 ? operation.summary : KINDS[node.role];
    const formula = node.expression ? `${node.name} = ${node.expression} = ` : `${node.name} = `;
    this.number = make("strong");
    const line = make("p", { class: "formula" }, formula, this.number);
    return make("header", {}, line, make("p", { class: "kind" }, kind));
  }

  /** The values that this one is made from and that use it, as buttons that go there. */
  neighbours(node) {
    const { operands, users } = this.stepper.neighbours(node.id);
    const list = make("dl", { class: "neighbours" });
    const row = (term, name, ids) => {
      if (ids.length > 0) {
        const shown = ids.slice(0, MOST_USES).map((id) => {
          const go = () => this.stepper.select(id);
          const text = this.stepper.nodes.get(id).name;
          return make("button", { type: "button", class: `chip ${name}`, click: go }, text);
        });
        const rest = ids.length > MOST_USES ? [`and ${ids.length - MOST_USES} more`] : [];
        list.append(make("dt", {}, term), make("dd", {}, ...shown, ...rest));
      }
    };
    row("made from", "operand", operands);
    row("used by", "user", users);
    return list;
  }

  /** The derivative of the root by this value: one line for each use, and their sum. */
  sum(node) {
    const { stepper } = this;
    const { name: root } = stepper.root;
    if (node.role === "constant") {
      return [make("p", {}, "It gathers no gradient.")];
    }
    if (node.role === "root") {
      return [make("p", {}, `${derivativeName(root, root)} = 1.0: the backward pass begins here.`)];
    }
    const arrivals = stepper.arrivals.get(node.id) || [];
    const shown = arrivals.slice(0, MOST_USES);
    const rows = shown.map((arrival, index) => this.use(arrival, node, index));
    const wide = (state, sign, content) =>
      make("tr", { class: state }, make("td", {}, sign), make("td", { colspan: 3 }, content));
    if (arrivals.length > rows.length) {
      rows.push(wide("more", "+", `${arrivals.length - rows.length} more uses`));
    }
    const total = stepper.gradientText(node.id, stepper.gradient(node.id));
    rows.push(wide("total", "=", make("strong", {}, total)));
    const arrived = arrivals.filter(({ position }) => position <= stepper.position).length;
    const uses = arrivals.length === 1 ? "one use" : `${arrivals.length} uses`;
    const soFar = arrived < arrivals.length ? `, ${arrived || "none"} so far` : "";
    return [
      make("h3", {}, `Derivative: the sum over ${uses}${soFar}`),
      make("p", {}, derivativeName(root, node.name)),
      make("div", { class: "scroll" }, make("table", {}, make("tbody", {}, ...rows))),
      ...(node.partial ? [make("p", { class: "hint" }, PART)] : []),
    ];
  }

  /** One use of a value, as a line of the sum: the chain rule in letters and in numbers. */
  use({ node: id, use, flow, position }, node, index) {
    const { stepper } = this;
    const user = stepper.nodes.get(id).name;
    const gradient = stepper.factor(stepper.gradient(id));
    const partial = stepper.factor(stepper.numbers.partials.get(id)[use]);
    const outer = derivativeName(stepper.root.name, user);
    const { uses } = stepper.nodes.get(id);
    const isTwice = uses.filter(([source]) => source === node.id).length === 2;
    const which = isTwice ? ` (${use === 0 ? "1st" : "2nd"} use)` : "";
    const letters = `${outer} · ${derivativeName(user, node.name)}${which}`;
    return make(
      "tr",
      { class: position <= stepper.position ? "arrived" : "pending" },
      make("td", {}, index === 0 ? "=" : "+"),
      make("td", { class: "product" }, letters),
      make("td", {}, `= ${gradient} × ${partial}`),
      make("td", {}, `= ${stepper.text(flow)}`),
    );
  }

  /** The field in which a given number is changed. */
  editor(node) {
    const complaint = make("p", { class: "complaint", role: "alert" });
    const change = () => {
      const number = typedNumber(this.field.value);
      const refused = `“${this.field.value}” is not a number: type one such as -1.5 or 2e-3.`;
      complaint.textContent = number === null ? refused : "";
      this.field.setAttribute("aria-invalid", String(number === null));
      if (number !== null) {
        this.stepper.set({ [node.id]: number });
      }
    };
    this.field = make("input", { class: "edit", inputmode: "decimal", size: 12, change });
    const label = make("label", {}, `Change ${node.name} to `, this.field);
    return make("div", { class: "editor" }, make("h3", {}, "Edit"), label, complaint);
  }

  /** The experiment: move the value by a little, and see how far the root moves. */
  nudger(node) {
    const { name: root } = this.stepper.root;
    this.epsilon = make("input", { class: "epsilon", inputmode: "decimal", size: 8 });
    this.epsilon.value = String(FIRST_NUDGE);
    const ask = () => {
      this.outcome.setAttribute("aria-live", "polite");
      this.nudge();
    };
    this.epsilon.addEventListener("input", ask);
    const slider = make("input", { type: "range", ...NUDGE_POWERS });
    slider.setAttribute("aria-label", "ε as a power of ten");
    slider.value = String(Math.log10(FIRST_NUDGE));
    slider.addEventListener("input", () => {
      this.epsilon.value = String(10 ** Number(slider.value));
      ask();
    });
    this.outcome = make("div", { class: "outcome", "aria-live": "off" });
    const label = make("label", {}, `Move ${node.name} by ε = `, this.epsilon);
    const title = make("h3", {}, `Nudge: how far does ${root} move?`);
    return make("div", { class: "nudger" }, title, label, slider, this.outcome);
  }

  /** Computes the experiment. */
  nudge() {
    const { stepper, id } = this;
    const { name: root } = stepper.root;
    const epsilon = typedNumber(this.epsilon.value);
    const before = stepper.numbers.data.get(id);
    const moved = before + epsilon - before; // what is left of ε beside a large number
    const hasMoved = epsilon !== null && Math.abs(moved) > 0;
    this.epsilon.setAttribute("aria-invalid", String(!hasMoved));
    if (!hasMoved) {
      const why =
        epsilon === null
          ? "ε is not a number: type one such as 0.001 or -1e-6."
          : `ε is too small: ${stepper.text(before)} + ε is the same number.`;
      this.outcome.replaceChildren(make("p", { class: "complaint" }, why));
      return;
    }
    const from = stepper.rootWith(id, before);
    const to = stepper.rootWith(id, before + epsilon);
    const box = (term, number) => make("div", {}, make("dt", {}, term), make("dd", {}, number));
    const more = stepper.scene.digits + 2;
    const { name } = stepper.nodes.get(id);
    const [start, end] = [numeral(from, more), numeral(to, more)];
    const isHidden = start === end && from !== to && Number.isFinite(to - from);
    const by = isHidden ? `, by ${numeral(to - from, stepper.scene.digits)}` : "";
    this.outcome.replaceChildren(
      make(
        "dl",
        {},
        box(`Δ${operandName(root)}/ε`, numeral((to - from) / moved, more)),
        box(derivativeName(root, name), numeral(stepper.gradient(id), more)),
      ),
      make("p", {}, `${root} moves from ${start} to ${end}${by}.`),
    );
  }
}
