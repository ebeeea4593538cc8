// The stepper: one position between "nothing is computed" and "every gradient is there", and all
// that moves it. The picture, the sentence and the panel follow.

const PLAY_SECONDS = 60; // for a whole pass, but no step is slower or faster than this:
const PACE = { slowest: 1400, fastest: 120 }; // milliseconds

/** A scene that is stepped through, in an element of its own. */
class Stepper extends Computation {
  /**
   * @param {HTMLElement} element
   * @param {object} scene what Explanation.to_dict() gives
   */
  constructor(element, scene) {
    super(scene);
    this.parent = element;
    this.computedAt = new Map();
    scene.steps.forEach(({ kind, node }, index) => {
      if (kind === "forward") {
        this.computedAt.set(node, index + 1);
      }
    });
    this.position = 0;
    this.isFinished = false; // all steps are done, and nobody has looked at one yet
    this.timer = null;
    this.build();
    this.onKey = (event) => this.key(event);
    element.addEventListener("keydown", this.onKey);
    this.update();
    new ResizeObserver((_, observer) => {
      if (this.graphic.frame.clientWidth > 0) {
        this.zoom(true); // once, when it has come to be seen
        if (!this.graphic.isLegible()) {
          this.zoom(false);
        }
        observer.disconnect();
      }
    }).observe(this.graphic.frame);
  }

  /** Makes all elements, and puts them where they belong. */
  build() {
    this.graphic = new Graphic(this.scene, (id) => this.select(id));
    this.controls = new Controls(this);
    this.narration = new Narration(this);
    this.panel = new Panel(this);
    this.transcript = new Transcript(this);
    const button = (text, click) => make("button", { type: "button", click }, text);
    this.resetButton = button("Reset numbers", () => this.reset());
    this.fitButton = button("Fit", () => this.zoom(true));
    this.ownSizeButton = button("1:1", () => this.zoom(false));
    const zoom = make("div", { class: "zoom", role: "group", "aria-label": "Zoom" });
    zoom.append(this.fitButton, this.ownSizeButton);
    const toolbar = make("div", { class: "toolbar" }, this.resetButton, zoom);
    const picture = make("div", { class: "picture" }, this.graphic.frame, toolbar);
    const notes = (this.scene.notes || []).map((note) => make("p", { class: "note" }, note));
    const telling = make("div", { class: "telling" }, this.narration.element, ...notes);
    telling.append(this.transcript.element);
    const below = make("div", { class: "below" }, telling, this.panel.element);
    // A notebook would take the keys for its own otherwise.
    const own = { class: "microgradlab mg-stepper", "data-lm-suppress-shortcuts": "true" };
    this.element = make("div", own, picture, this.controls.element, below);
    this.element.setAttribute("role", "region");
    this.element.setAttribute("aria-label", this.scene.title);
    this.parent.append(this.element);
  }

  // --- showing

  /** Computes all numbers, and shows them. */
  update() {
    this.compute();
    this.scene.nodes.forEach(({ id }) => this.paint(id));
    this.resetButton.hidden = this.given.size === 0;
    this.transcript.fillSoon();
    this.panel.update();
    this.show();
  }

  /** Shows one value as it is after the steps so far. */
  paint(id) {
    const isComputed = this.position >= (this.computedAt.get(id) || 0);
    const number = isComputed ? this.text(this.numbers.data.get(id)) : null;
    const gradient = gradientAt(this.arrivals, id, this.position);
    const written = gradient === null ? null : this.gradientText(id, gradient);
    const partials = this.numbers.partials.get(id).map((partial) => {
      return isComputed && partial !== null ? this.text(partial) : "";
    });
    this.graphic.show(id, number, written, toneOf(gradient, this.largest), partials);
  }

  /** Shows the current step. */
  show() {
    const step = this.scene.steps[this.position - 1] || null;
    const first = this.scene.steps[0].node;
    this.graphic.overview = this.isFinished ? this.root.id : step === null ? first : null;
    this.graphic.highlight(step, step && this.toneOfFlow(step));
    this.narration.show();
    this.controls.show(this.position, this.narration.phase.textContent);
    this.transcript.show();
    this.panel.refresh();
  }

  /** The sign of what a step adds to a gradient, as a tone. */
  toneOfFlow({ kind, operand }) {
    if (kind === "forward") {
      return "none";
    }
    const arrivals = this.arrivals.get(kind === "seed" ? this.root.id : operand);
    return toneOf(arrivals.find(({ position }) => position === this.position).flow, 0);
  }

  // --- what can be done

  /** Goes to where so many steps are done. */
  seek(position) {
    const { steps } = this.scene;
    const target = Math.min(Math.max(Math.round(position), 0), steps.length);
    const [from, to] = [this.position, target].sort((a, b) => a - b);
    this.position = target;
    this.isFinished = false;
    const touched = steps.slice(from, to).flatMap(({ node, operand }) => [node, operand || node]);
    new Set(touched).forEach((id) => this.paint(id));
    this.show();
    this.graphic.reveal();
  }

  /** Begins where all steps are done: with every gradient, and the root in sight. */
  finish() {
    this.seek(this.scene.steps.length);
    this.isFinished = true;
    this.show();
    this.graphic.reveal();
  }

  /** Goes somewhere because somebody wants to: it ends the playing. */
  goTo(position) {
    this.pause();
    this.seek(position);
  }

  /** Goes so many steps on, or back. */
  move(steps) {
    this.goTo(this.position + steps);
  }

  /** Replaces given numbers; all others follow from them. */
  set(values) {
    this.given = new Map([...this.given, ...this.checked(values)]);
    this.narration.setQuiet(this.timer !== null);
    this.update();
  }

  /** Goes back to the numbers that were there before any was replaced. */
  reset() {
    this.given.clear();
    this.update();
  }

  /**
   * Begins again from other numbers than the recorded ones; `reset` goes back to these. As it may
   * come with every frame of an animation, nothing of it is spoken.
   */
  rebase(values) {
    this.base = this.checked(values);
    this.narration.setQuiet(true);
    this.reset();
  }

  /** Shows a value in the panel and its neighbours in the picture; null: none. */
  select(id) {
    const { operands, users } = id === null ? { operands: [], users: [] } : this.neighbours(id);
    this.graphic.mark(id, operands, users);
    this.panel.show(id);
  }

  /** Fits the picture to its frame, or shows it at its own size. */
  zoom(isFitted) {
    this.graphic.zoom(isFitted);
    this.fitButton.setAttribute("aria-pressed", String(isFitted));
    this.ownSizeButton.setAttribute("aria-pressed", String(!isFitted));
  }

  /** Begins to play, or pauses. */
  toggle() {
    if (this.timer !== null) {
      this.pause();
      return;
    }
    const { length } = this.scene.steps;
    const pace = Math.min(Math.max((PLAY_SECONDS * 1000) / length, PACE.fastest), PACE.slowest);
    this.seek(this.position === length ? 0 : this.position + 1);
    this.timer = setInterval(() => {
      this.seek(this.position + 1);
      if (this.position === length) {
        this.pause();
      }
    }, pace);
    this.showPlaying(true);
  }

  /** Ends the playing, if it plays. */
  pause() {
    clearInterval(this.timer);
    this.timer = null;
    this.showPlaying(false);
  }

  /** @param {boolean} isPlaying */
  showPlaying(isPlaying) {
    this.controls.showPlaying(isPlaying);
    this.narration.setQuiet(isPlaying);
  }

  /** What a key does. */
  key(event) {
    const actions = {
      ArrowRight: () => this.move(1),
      ArrowLeft: () => this.move(-1),
      Home: () => this.move(-Infinity),
      End: () => this.move(Infinity),
      " ": () => this.toggle(),
    };
    answerKey(event, actions, [this.graphic.frame, this.controls.element]);
  }

  /** Takes the stepper out of the page. */
  destroy() {
    this.pause();
    this.parent.removeEventListener("keydown", this.onKey);
    this.element.remove();
  }
}

/**
 * Puts a stepper into an element.
 * @param {HTMLElement} element whose keys move it
 * @param {object} scene what Explanation.to_dict() gives
 * @returns {{seek: (position: number) => void, finish: () => void,
 *   set: (numbers: Object<string, number>) => void, reset: () => void,
 *   rebase: (numbers: Object<string, number>) => void, destroy: () => void}}
 */
export function mount(element, scene) {
  const stepper = new Stepper(element, scene);
  return {
    seek: (position) => stepper.seek(position),
    finish: () => stepper.finish(),
    set: (numbers) => stepper.set(numbers),
    reset: () => stepper.reset(),
    rebase: (numbers) => stepper.rebase(numbers),
    destroy: () => stepper.destroy(),
  };
}

/** For anywidget: the scene is the model's; what is returned takes the stepper away again. */
export default {
  render({ model, el }) {
    const { destroy } = mount(el, model.get("scene"));
    return destroy;
  },
};
