// A graph's numbers, computed again: the forward and the backward pass over the nodes of a scene in
// the engine's own order, and the wording of numbers. Pure functions; nothing here knows a page.

const MANY_DIGITS = 60; // enough to tell a tie in rounding from what is only near to one

/**
 * A number as JSON carries it: nan and the infinities come as words.
 * @param {number | string | null} json
 * @returns {number | null}
 */
function numberOf(json) {
  return typeof json === "string" ? Number(json.replace("inf", "Infinity")) : json;
}

/**
 * A number in full, in Python's spelling of nan and the infinities.
 * @param {number} number
 * @returns {string}
 */
function fullText(number) {
  return String(number).replace("Infinity", "inf").replace("NaN", "nan");
}

/**
 * The decimal digits of a number and its power of ten, ties rounded to even as Python does.
 * @param {number} size from 0 up, finite
 * @param {number} digits
 * @returns {[string, number]}
 */
function rounded(size, digits) {
  if (size.toExponential(digits).includes("5e")) {
    const [exact, power] = size.toExponential(MANY_DIGITS).split("e");
    const figures = exact.replace(".", "");
    const isTie = /^50*$/.test(figures.slice(digits));
    if (isTie && Number(figures[digits - 1]) % 2 === 0) {
      return [figures.slice(0, digits), Number(power)]; // where JavaScript rounds up
    }
  }
  const [mantissa, exponent] = size.toExponential(digits - 1).split("e");
  return [mantissa.replace(".", ""), Number(exponent)];
}

/**
 * A number as drawing/numerals.py writes it: Python's "%.4g", and ".0" after an exact whole number.
 * @param {number} number
 * @param {number} digits
 * @returns {string}
 */
function numeral(number, digits) {
  if (!Number.isFinite(number)) {
    return fullText(number);
  }
  const sign = number < 0 || Object.is(number, -0) ? "-" : "";
  const [figures, exponent] = rounded(Math.abs(number), digits);
  const pointed = (whole, fraction) => {
    const kept = fraction.replace(/0+$/, "");
    return sign + whole + (kept && `.${kept}`);
  };
  if (exponent < -4 || exponent >= digits) {
    const power = String(Math.abs(exponent)).padStart(2, "0");
    return `${pointed(figures[0], figures.slice(1))}e${exponent < 0 ? "-" : "+"}${power}`;
  }
  const text =
    exponent < 0
      ? pointed("0", "0".repeat(-exponent - 1) + figures)
      : pointed(figures.slice(0, exponent + 1), figures.slice(exponent + 1));
  return !text.includes(".") && Number(text) === number ? `${text}.0` : text;
}

/**
 * A numeral as a factor of a product, in parentheses where it begins with a minus.
 * @param {number} number
 * @param {number} digits
 * @returns {string}
 */
function factor(number, digits) {
  const text = numeral(number, digits);
  return text.startsWith("-") ? `(${text})` : text;
}

/**
 * The numbers that Python recorded.
 * @param {object[]} nodes of a scene
 * @returns {{data: Map<string, number>, partials: Map<string, (number | null)[]>}}
 */
function recorded(nodes) {
  return {
    data: new Map(nodes.map((node) => [node.id, numberOf(node.data)])),
    partials: new Map(
      nodes.map((node) => [node.id, node.uses.map(([, partial]) => numberOf(partial))]),
    ),
  };
}

/**
 * The forward pass: the numbers of all nodes, and their local derivatives.
 * @param {object[]} nodes of a scene, operands before results
 * @param {Map<string, number>} given numbers that replace those of the scene
 * @returns {{data: Map<string, number>, partials: Map<string, (number | null)[]>}}
 */
function forward(nodes, given) {
  const data = new Map();
  const partials = new Map();
  for (const node of nodes) {
    const [x, y] = node.uses.map(([source]) => data.get(source));
    const operation = node.uses.length > 0 ? OPERATIONS[node.op] : null;
    const computed = operation ? operation.value(x, y) : numberOf(node.data);
    const out = given.has(node.id) ? given.get(node.id) : computed;
    data.set(node.id, out);
    const local = (partial, use) =>
      partial === null ? null : operation[use === 0 ? "dx" : "dy"](x, y, out);
    partials.set(node.id, node.uses.map(([, partial], use) => local(partial, use)));
  }
  return { data, partials };
}

/**
 * Whether a node's derivative is a convention, as its operands are at a kink of its operation.
 * @param {object} node of a scene
 * @param {Map<string, number>} data
 * @returns {boolean}
 */
function isAtKink(node, data) {
  const { kink } = OPERATIONS[node.op];
  return kink ? kink(...node.uses.map(([source]) => data.get(source))) : false;
}

/**
 * The number of the branch of a local derivative that holds; 0 where it has only one.
 * @param {object} node of a scene
 * @param {number} use
 * @param {Map<string, number>} data
 * @returns {number}
 */
function branchOf(node, use, data) {
  const { dxBranch, dyBranch } = OPERATIONS[node.op];
  const choose = use === 0 ? dxBranch : dyBranch;
  const [x, y] = node.uses.map(([source]) => data.get(source));
  return choose ? choose(x, y, data.get(node.id)) : 0;
}

/**
 * The backward pass: what arrives at each node, one contribution at a time.
 * @param {object[]} steps of a scene
 * @param {Map<string, (number | null)[]>} partials
 * @returns {Map<string, {position: number, node: string, use: number, flow: number,
 *   total: number}[]>} by the id of the receiver: after how many steps, through which use of which
 *   node, how much, and the gradient with it
 */
function backward(steps, partials) {
  const arrivals = new Map();
  const gradient = (id) => {
    const earlier = arrivals.get(id);
    return earlier ? earlier[earlier.length - 1].total : 0;
  };
  steps.forEach(({ kind, node, use, operand }, index) => {
    if (kind === "forward") {
      return;
    }
    const receiver = kind === "seed" ? node : operand;
    const flow = kind === "seed" ? 1 : gradient(node) * partials.get(node)[use];
    const total = gradient(receiver) + flow;
    arrivals.set(receiver, arrivals.get(receiver) || []);
    arrivals.get(receiver).push({ position: index + 1, node, use, flow, total });
  });
  return arrivals;
}

/**
 * A node's gradient after some steps; null where nothing has arrived yet.
 * @param {Map<string, object[]>} arrivals
 * @param {string} id
 * @param {number} position
 * @returns {number | null}
 */
function gradientAt(arrivals, id, position) {
  const some = (arrivals.get(id) || []).filter((arrival) => arrival.position <= position);
  return some.length > 0 ? some[some.length - 1].total : null;
}

/**
 * A template as pieces: text, and numbers with what they are. Joined, they are the sentence that
 * Python writes.
 * @param {string} template with placeholders such as {data:v3}, {flow:v5.0} or {grad:v5!}
 * @param {(kind: string, id: string, use: number) => number} lookup
 * @param {number} digits
 * @returns {{kind: string, text: string}[]} kind is "" for text
 */
function pieces(template, lookup, digits) {
  return template.split(/(\{\w+:\w+(?:\.\d+)?!?\})/).map((piece, index) => {
    if (index % 2 === 0) {
      return { kind: "", text: piece };
    }
    const [, kind, id, use, mark] = piece.match(/\{(\w+):(\w+)(?:\.(\d+))?(!?)\}/);
    return { kind, text: (mark ? factor : numeral)(lookup(kind, id, Number(use)), digits) };
  });
}
