// What is said: the sentence of the current step, and the transcript of them all.

const MOST_GIVEN = 6; // numbers that the first sentence names
const REST = 300; // milliseconds without a change, after which an open transcript is written again
const TO_STEP = "press First, or the left arrow in the picture, to step";

/** The sentence under the picture. */
class Narration {
  /** @param {Stepper} stepper */
  constructor(stepper) {
    this.stepper = stepper;
    this.phase = make("span", { class: "phase" });
    this.sentence = make("p", { class: "sentence" });
    this.rule = make("p", { class: "rule" });
    const spoken = { class: "narration", "aria-live": "polite", "aria-atomic": "true" };
    this.element = make("div", spoken, this.phase, this.sentence, this.rule);
  }

  /** Tells the step that was done last. */
  show() {
    const { position, scene, isFinished } = this.stepper;
    const step = scene.steps[position - 1];
    const phases = { forward: "Forward", seed: "Backward", backward: "Backward" };
    const phase = step ? `${phases[step.kind]} pass` : "Start";
    this.phase.textContent = isFinished
      ? `All ${position} steps are done · ${TO_STEP}`
      : `${phase} · step ${position} of ${scene.steps.length}`;
    this.phase.className = `phase ${step ? step.kind : "start"}`;
    const shown = step ? this.stepper.pieces(position - 1) : [{ kind: "", text: this.beginning() }];
    this.sentence.replaceChildren(
      ...shown.map(({ kind, text }) => (kind ? make("b", { class: kind }, text) : text)),
    );
    this.rule.textContent = step ? this.stepper.rule(position - 1) : "";
  }

  /** What is known before the first step. */
  beginning() {
    const { scene, root, numbers } = this.stepper;
    const leaves = scene.nodes.filter((node) => node.uses.length === 0 && node.role !== "constant");
    const number = (id) => this.stepper.text(numbers.data.get(id));
    const named = leaves.map(({ id, name }) => `${name} = ${number(id)}`);
    const isLong = named.length > MOST_GIVEN;
    const given = isLong ? `${named.length} numbers are given` : `Given: ${named.join(", ")}`;
    return `${given}. The forward pass computes ${root.name}, the backward pass its gradients.`;
  }

  /** While steps follow each other by themselves, a screen reader would not keep up. */
  setQuiet(isQuiet) {
    this.element.setAttribute("aria-live", isQuiet ? "off" : "polite");
  }
}

/** All sentences as a list, written while it is open: at once, and when new numbers are at rest. */
class Transcript {
  /** @param {Stepper} stepper */
  constructor(stepper) {
    this.stepper = stepper;
    this.list = make("ol");
    const title = make("summary", {}, `Transcript of all ${stepper.scene.steps.length} steps`);
    this.element = make("details", { class: "transcript" }, title, this.list);
    this.element.addEventListener("toggle", () => this.fill());
    this.timer = null;
  }

  /** Writes the sentences anew, as soon as numbers that change with every frame are at rest. */
  fillSoon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.fill(), REST);
  }

  /** Writes the sentences with the numbers as they are now. */
  fill() {
    const { scene } = this.stepper;
    clearTimeout(this.timer);
    if (!this.element.open) {
      this.list.replaceChildren();
      return;
    }
    const entries = scene.steps.map((step, index) => {
      const go = () => this.stepper.goTo(index + 1);
      const text = this.stepper.pieces(index).map((piece) => piece.text).join("");
      return make("li", { class: step.kind }, make("button", { type: "button", click: go }, text));
    });
    this.list.replaceChildren(...entries);
    this.show();
  }

  /** Marks the current step, and scrolls the list to it. */
  show() {
    this.list.querySelector("[aria-current]")?.removeAttribute("aria-current");
    const entry = this.list.children[this.stepper.position - 1];
    if (entry) {
      entry.firstChild.setAttribute("aria-current", "step");
      this.list.scrollTop = entry.offsetTop - this.list.clientHeight / 2;
    }
  }
}
