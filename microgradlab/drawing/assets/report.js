// The report of a training run: one scrubber over its epochs that moves the charts, what the network
// says, and the graph of one chosen sample.

const FRAMES_PER_SECOND = 6;

/**
 * Builds the moving parts of the page.
 * @param {Object} data - what `report_page` has put into the page.
 */
function startReport(data) {
  const last = data.frames[data.frames.length - 1];
  const scrubber = makeScrubber(data.frames, data.best, data.kept, show);
  const pick = (epoch) => scrubber.seek(nearest(data.frames, epoch));
  const charts = data.charts.map((chart) => lineChart(chart, last, data.best, pick));
  const view = predictionsView(data.predictions);
  const sample = sampleView(data, view.choose);
  document.getElementById("scrubber").append(scrubber.element);
  document.getElementById("charts").append(view.element, ...charts.map(({ element }) => element));
  document.getElementById("sample").append(sample.element);
  document.addEventListener("keydown", scrubber.key);
  scrubber.seek(nearest(data.frames, data.best ?? last));

  function show(frame) {
    for (const chart of charts) chart.show(data.frames[frame]);
    view.show(frame);
    sample.show(frame);
  }
}

/** @returns {number} the place of the frame whose epoch is nearest. */
function nearest(frames, epoch) {
  let best = 0;
  frames.forEach((known, place) => {
    if (Math.abs(known - epoch) < Math.abs(frames[best] - epoch)) best = place;
  });
  return best;
}

/**
 * Buttons and a slider over the frames.
 * @param {number[]} frames - their epochs.
 * @param {?number} best - the epoch whose weights were kept.
 * @param {string} kept - what is said of it.
 * @param {function(number): void} show - called with the number of the frame to show.
 */
function makeScrubber(frames, best, kept, show) {
  const end = frames.length - 1;
  let current = end;
  let timer = null;
  const slider = make("input", { type: "range", min: 0, max: end, step: 1, "aria-label": "epoch" });
  const shown = make("span", { class: "epoch" }); // no <output>: the slider speaks for itself
  const remarkAt = (epoch) =>
    epoch === 0 ? " (before training)" : epoch === best ? ` (${kept})` : "";
  const captions = frames.map((epoch) => `epoch ${epoch} of ${frames[end]}${remarkAt(epoch)}`);
  const longest = Math.max(...captions.map((caption) => caption.length));
  shown.style.setProperty("--longest", `${longest}ch`);
  const play = makePlayButton(() => (timer === null ? start() : stop()));
  const before = [
    iconButton("First epoch", SIGNS.first, () => jump(0)),
    iconButton("Epoch before", SIGNS.back, () => jump(current - 1)),
  ];
  const after = [
    iconButton("Next epoch", SIGNS.forward, () => jump(current + 1)),
    iconButton("Last epoch", SIGNS.last, () => jump(end)),
  ];

  function seek(frame) {
    current = Math.max(0, Math.min(end, frame));
    slider.value = current;
    setDisabled(before, current === 0);
    setDisabled(after, current === end);
    slider.setAttribute("aria-valuetext", captions[current]);
    shown.textContent = captions[current];
    show(current);
  }

  function jump(frame) {
    stop();
    seek(frame);
  }

  function start() {
    if (current === end) seek(0);
    timer = setInterval(() => {
      seek(current + 1);
      if (current === end) stop();
    }, 1000 / FRAMES_PER_SECOND);
    showPlaying(play, true);
  }

  function stop() {
    clearInterval(timer);
    timer = null;
    showPlaying(play, false);
  }

  /** What a key does. */
  function key(event) {
    const actions = {
      ArrowLeft: () => jump(current - 1),
      ArrowRight: () => jump(current + 1),
      Home: () => jump(0),
      End: () => jump(end),
      " ": () => play.click(),
    };
    answerKey(event, actions, [element]);
  }

  slider.addEventListener("input", () => jump(Number(slider.value)));
  const element = make(
    "div",
    { class: "scrubber", role: "group", "aria-label": "Epochs of the training" },
    make("div", { class: "buttons" }, ...before, play, ...after),
    make("div", { class: "track" }, slider),
    shown,
  );
  return { element, seek: jump, key };
}

/**
 * The stepper over the graph of one sample's loss; its parameters follow the scrubber.
 * @param {{graphs: Object[], samples: Object[]}} data
 * @param {function(Object): void} choose - told which sample is shown.
 */
function sampleView(data, choose) {
  const select = make("select", { id: "sample-choice" });
  select.append(...data.samples.map(({ title }, i) => make("option", { value: i }, title)));
  const holder = make("div", { class: "stepper" });
  let frame = 0;
  let mounted = null;
  let graph = null;
  let waiting = false;

  /** Puts the numbers of sample and frame into the graph, at most once for each picture drawn. */
  function refresh() {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      const sample = data.samples[Number(select.value)];
      mounted.rebase({ ...sample.givens, ...numbersOf(sample, frame) });
    });
  }

  function change() {
    const sample = data.samples[Number(select.value)];
    if (sample.graph !== graph) {
      if (mounted) mounted.destroy();
      graph = sample.graph;
      mounted = mount(holder, data.graphs[graph]);
      mounted.finish();
    }
    choose(sample);
    refresh();
  }

  select.addEventListener("change", change);
  if (data.samples.length) change();
  return {
    element: make("div", {}, make("label", { for: "sample-choice" }, "Sample "), select, holder),
    show: (chosen) => {
      frame = chosen;
      if (mounted) refresh();
    },
  };
}

/** @returns {Object<string, number>} what moves with the epochs: numbers by their ids. */
function numbersOf(sample, frame) {
  const numbers = new Float64Array(bytes(sample.numbers[frame]).buffer);
  return Object.fromEntries(sample.ids.map((id, i) => [id, numbers[i]]));
}

startReport(JSON.parse(document.getElementById("data").textContent));
