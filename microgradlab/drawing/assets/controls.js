// The buttons and the slider under the picture.

const SIGNS = {
  first: "M6 5h2v14H6zM19 5v14L9 12z",
  back: "M17 5v14L7 12z",
  play: "M7 4v16l13-8z",
  pause: "M7 5h4v14H7zM13 5h4v14h-4z",
  forward: "M7 5v14l10-7z",
  last: "M16 5h2v14h-2zM5 5v14l10-7z",
};

/** @returns {HTMLButtonElement} the button that plays and pauses. */
function makePlayButton(onClick) {
  const button = iconButton("Play", SIGNS.play, onClick);
  button.classList.add("play");
  return button;
}

/** Says what a press of the play button does now. */
function showPlaying(button, isPlaying) {
  const label = isPlaying ? "Pause" : "Play";
  button.title = label;
  button.setAttribute("aria-label", label);
  button.querySelector("path").setAttribute("d", SIGNS[isPlaying ? "pause" : "play"]);
}

/** Marks buttons that lead nowhere. Truly disabled, they would lose the focus of who presses them. */
function setDisabled(buttons, isDisabled) {
  buttons.forEach((button) => button.setAttribute("aria-disabled", String(isDisabled)));
}

/** First, back, play, forward, last, and a slider over all positions. */
class Controls {
  /** @param {Stepper} stepper which they move */
  constructor(stepper) {
    const { steps } = stepper.scene;
    this.count = steps.length;
    const mover = (label, sign, by) => iconButton(label, SIGNS[sign], () => stepper.move(by));
    this.before = [mover("First", "first", -Infinity), mover("Back", "back", -1)];
    this.after = [mover("Forward", "forward", 1), mover("Last", "last", Infinity)];
    this.playButton = makePlayButton(() => stepper.toggle());
    this.slider = make("input", { type: "range", min: 0, max: this.count, "aria-label": "Step" });
    this.slider.addEventListener("input", () => stepper.goTo(Number(this.slider.value)));
    const forwardSteps = steps.filter(({ kind }) => kind === "forward").length;
    const share = `${(100 * forwardSteps) / Math.max(this.count, 1)}%`;
    const phases = make(
      "div",
      { class: "phases", "aria-hidden": "true" },
      make("span", { class: "phase-forward" }, "forward"),
      make("span", { class: "phase-backward" }, "backward"),
    );
    const track = make("div", { class: "track" }, this.slider, phases);
    track.style.setProperty("--share", share);
    this.counter = make("span", { class: "counter", "aria-hidden": "true" });
    const buttons = [this.before, this.playButton, this.after].flat();
    this.element = make(
      "div",
      { class: "controls", role: "group", "aria-label": "Steps" },
      make("div", { class: "buttons" }, ...buttons),
      track,
      this.counter,
    );
  }

  /** @param {number} position @param {string} spoken what the slider stands for */
  show(position, spoken) {
    this.slider.value = String(position);
    this.slider.setAttribute("aria-valuetext", spoken);
    this.counter.textContent = `${position} / ${this.count}`;
    setDisabled(this.before, position === 0);
    setDisabled(this.after, position === this.count);
  }

  /** @param {boolean} isPlaying */
  showPlaying(isPlaying) {
    showPlaying(this.playButton, isPlaying);
  }
}
