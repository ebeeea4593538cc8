// A scene's numbers as they are now: those that were recorded, or computed again from others.

/** Both passes over a scene, from the recorded numbers or from others, and what is said of them. */
class Computation {
  /** @param {object} scene what Explanation.to_dict() gives */
  constructor(scene) {
    this.scene = scene;
    this.nodes = new Map(scene.nodes.map((node) => [node.id, node]));
    this.root = scene.nodes[scene.nodes.length - 1];
    this.base = new Map(); // numbers that stand in for those of the scene
    this.given = new Map(); // numbers that somebody has typed
  }

  /** Computes both passes. */
  compute() {
    const { nodes, steps } = this.scene;
    const given = this.inputs();
    this.numbers = given.size > 0 ? forward(nodes, given) : recorded(nodes);
    this.arrivals = backward(steps, this.numbers.partials);
    const sizes = nodes.map(({ id }) => Math.abs(this.gradient(id)));
    this.largest = sizes.filter(Number.isFinite).reduce((a, b) => Math.max(a, b), 0);
  }

  /** The given numbers that are not the scene's own. */
  inputs() {
    return new Map([...this.base, ...this.given]);
  }

  /** A node's gradient when the backward pass is over; null for a constant. */
  gradient(id) {
    return gradientAt(this.arrivals, id, Infinity);
  }

  /** The root's number with one value replaced. */
  rootWith(id, number) {
    const given = this.inputs().set(id, number);
    return forward(this.scene.nodes, given).data.get(this.root.id);
  }

  /** A number as it is written. */
  text(number) {
    return numeral(number, this.scene.digits);
  }

  /** A gradient as it is written: of some values, uses are missing in the picture. */
  gradientText(id, gradient) {
    return this.nodes.get(id).partial ? `${this.text(gradient)} (part)` : this.text(gradient);
  }

  /** A number as a factor of a product is written. */
  factor(number) {
    return factor(number, this.scene.digits);
  }

  /** The sentence of a step, in pieces, with the numbers as they are when it is done. */
  pieces(index) {
    const { text, note, node } = this.scene.steps[index];
    const saysNote = note && isAtKink(this.nodes.get(node), this.numbers.data);
    return this.filled(index, saysNote ? text + note : text);
  }

  /** The rule of a step that holds at the numbers as they are; "" for a step without one. */
  rule(index) {
    const { rules, node, use } = this.scene.steps[index];
    const template = rules ? rules[branchOf(this.nodes.get(node), use, this.numbers.data)] : "";
    return this.filled(index, template).map(({ text }) => text).join("");
  }

  /** A template of a step, in pieces. */
  filled(index, template) {
    const gradient = (id) => gradientAt(this.arrivals, id, index + 1);
    const partial = (id, use) => this.numbers.partials.get(id)[use];
    const lookups = {
      data: (id) => this.numbers.data.get(id),
      grad: gradient,
      total: gradient,
      partial,
      flow: (id, use) => gradient(id) * partial(id, use),
    };
    const lookup = (kind, id, use) => lookups[kind](id, use);
    return pieces(template, lookup, this.scene.digits);
  }

  /** The ids of what a value is made from, and of what uses it. */
  neighbours(id) {
    const sources = (node) => node.uses.map(([source]) => source);
    const users = this.scene.nodes.filter((node) => sources(node).includes(id));
    const operands = [...new Set(sources(this.nodes.get(id)))];
    return { operands, users: users.map((node) => node.id) };
  }

  /** Numbers by their ids, as a map. */
  checked(values) {
    const stranger = Object.keys(values).find((id) => !this.nodes.has(id));
    if (stranger !== undefined) {
      throw new Error(`the scene has no node ${stranger}`);
    }
    return new Map(Object.entries(values).map(([id, number]) => [id, numberOf(number)]));
  }
}
