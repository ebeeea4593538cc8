// Line charts by epoch: labelled axes, a dash pattern for each line, and a mark that follows the
// scrubber. Nothing is told by colour alone.

const CHART = { width: 420, height: 250, left: 60, right: 12, top: 10, bottom: 42 };

/** @returns {string} a round number as an axis has it: 0.5, 20, 1e-5. */
function tickText(number) {
  const round = Number(number.toPrecision(4));
  const isShort = round === 0 || (Math.abs(round) >= 1e-3 && Math.abs(round) < 1e5);
  return isShort ? String(round) : round.toExponential().replace("+", "");
}

/**
 * Round numbers from low to high, about `count` of them.
 * @returns {number[]}
 */
function ticks(low, high, count) {
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((factor) => factor * power >= rough * 0.999);
  const found = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++) found.push(i * step);
  return found;
}

/**
 * Powers of ten from low to high, and what lies between where these are few.
 * @returns {number[]}
 */
function logarithmicTicks(low, high) {
  const decades = Math.log10(high / low);
  const factors = decades < 2 ? [1, 2, 5] : [1];
  const every = Math.ceil(decades / 6);
  const found = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power++) {
    if (power % every !== 0) continue;
    for (const factor of factors) {
      const tick = Number(`${factor}e${power}`);
      if (tick >= low * 0.999 && tick <= high * 1.001) found.push(tick);
    }
  }
  return found;
}

/**
 * A scale from numbers to a stretch of the picture.
 * @param {number} low @param {number} high - of the numbers.
 * @param {number} from @param {number} to - of the picture.
 * @param {boolean} logarithmic
 * @returns {function(number): number}
 */
function scale(low, high, from, to, logarithmic = false) {
  const place = logarithmic ? Math.log : (number) => number;
  const span = place(high) - place(low) || 1;
  return (number) => from + ((place(number) - place(low)) / span) * (to - from);
}

/** @returns {[number, number]} the range of an axis around these numbers. */
function rangeOf(numbers, chart) {
  if (!numbers.length) return chart.logarithmic ? [0.1, 1] : [0, 1];
  const known = numbers.concat(chart.includes); // too many for arguments of Math.min
  let low = known.reduce((least, number) => Math.min(least, number), Infinity);
  let high = known.reduce((most, number) => Math.max(most, number), -Infinity);
  if (chart.logarithmic) return [low / 1.3, high * 1.3];
  if (low === high) [low, high] = [low - 0.5, high + 0.5];
  const margin = 0.05 * (high - low);
  return [chart.includes.includes(low) ? low : low - margin, high + margin];
}

/**
 * The axes of a picture: lines, ticks and labels.
 * @param {{width: number, height: number, left: number, right: number, top: number,
 *   bottom: number}} box
 * @param {{label: string, ticks: number[], at: function(number): number}} x
 * @param {{label: string, ticks: number[], at: function(number): number}} y
 * @returns {Element}
 */
function axes(box, x, y) {
  const group = makeSvg("g", { class: "axes" });
  const bottom = box.height - box.bottom;
  const right = box.width - box.right;
  for (const tick of x.ticks) {
    const at = x.at(tick);
    group.append(makeSvg("line", { x1: at, x2: at, y1: bottom, y2: bottom + 4 }));
    const text = makeSvg("text", { x: at, y: bottom + 17, "text-anchor": "middle" }, tickText(tick));
    group.append(text);
  }
  for (const tick of y.ticks) {
    const at = y.at(tick);
    group.append(makeSvg("line", { class: "grid", x1: box.left, x2: right, y1: at, y2: at }));
    const text = makeSvg("text", { x: box.left - 6, y: at + 4, "text-anchor": "end" }, tickText(tick));
    group.append(text);
  }
  const middle = (box.top + bottom) / 2;
  group.append(
    makeSvg("path", { d: `M${box.left} ${box.top}V${bottom}H${right}` }),
    makeSvg("text", { x: (box.left + right) / 2, y: box.height - 6, "text-anchor": "middle" }, x.label),
    makeSvg(
      "text",
      { transform: `translate(10 ${middle}) rotate(-90)`, "text-anchor": "middle" },
      y.label,
    ),
  );
  return group;
}

/** @returns {string} the path of a line; a number that is missing leaves a gap. */
function linePath(epochs, values, x, y, isShown) {
  let path = "";
  let isDrawn = false;
  values.forEach((value, i) => {
    if (!isShown(value)) {
      isDrawn = false;
      return;
    }
    path += `${isDrawn ? "L" : "M"}${x(epochs[i]).toFixed(1)} ${y(value).toFixed(1)}`;
    isDrawn = true;
  });
  return path;
}

/**
 * A chart of numbers by epoch.
 * @param {Object} chart - title, label, epochs, series [{name, values}], logarithmic, includes
 *   (numbers that the axis has to show), band ([low, high] or null) and its name.
 * @param {number} lastEpoch - where the horizontal axis ends.
 * @param {?number} best - the epoch whose weights were kept.
 * @param {function(number): void} pick - called with the epoch under a click.
 * @returns {{element: Element, show: function(number): void}}
 */
function lineChart(chart, lastEpoch, best, pick) {
  const isShown = (value) => value !== null && (!chart.logarithmic || value > 0);
  const [low, high] = rangeOf(chart.series.flatMap((line) => line.values.filter(isShown)), chart);
  const right = CHART.width - CHART.right;
  const bottom = CHART.height - CHART.bottom;
  const x = scale(0, Math.max(lastEpoch, 1), CHART.left, right);
  const y = scale(low, high, bottom, CHART.top, chart.logarithmic);
  const marks = ticks(0, Math.max(lastEpoch, 1), 6).filter(Number.isInteger);
  const picture = makeSvg("svg", {
    viewBox: `0 0 ${CHART.width} ${CHART.height}`,
    role: "img",
    "aria-label": described(chart),
  });
  picture.append(
    axes(
      CHART,
      { label: "epoch", ticks: marks, at: x },
      {
        label: chart.label,
        ticks: chart.logarithmic ? logarithmicTicks(low, high) : ticks(low, high, 4),
        at: y,
      },
    ),
  );
  if (chart.band) {
    const [from, to] = chart.band.map((number) => y(Math.min(Math.max(number, low), high)));
    const width = right - CHART.left;
    picture.append(
      makeSvg("rect", { class: "band", x: CHART.left, y: to, width, height: Math.max(from - to, 0) }),
    );
  }
  if (best !== null) {
    const at = x(best);
    picture.append(makeSvg("line", { class: "best", x1: at, x2: at, y1: CHART.top, y2: bottom }));
  }
  const mark = makeSvg("line", { class: "mark", y1: CHART.top, y2: bottom });
  picture.append(mark);
  const legend = make("ul", { class: "legend" });
  const lines = chart.series.map((line, i) => {
    const style = `line-${i % 5}`;
    const path = linePath(chart.epochs, line.values, x, y, isShown);
    const dot = makeSvg("circle", { class: `dot ${style}`, r: 3.5 });
    picture.append(makeSvg("path", { class: `line ${style}`, d: path }), dot);
    const sample = makeSvg("svg", { class: "swatch", viewBox: "0 0 28 10", "aria-hidden": "true" });
    sample.append(makeSvg("path", { class: `line ${style}`, d: "M1 5H27" }));
    const number = make("span", { class: "number" });
    legend.append(make("li", {}, sample, `${line.name} `, number));
    return { values: line.values, dot, number };
  });
  if (chart.band) legend.append(make("li", {}, make("i", { class: "swatch" }), chart.band_name));

  const show = (epoch) => {
    mark.setAttribute("x1", x(epoch));
    mark.setAttribute("x2", x(epoch));
    const place = chart.epochs.indexOf(epoch);
    for (const { values, dot, number } of lines) {
      const value = place < 0 ? null : values[place];
      number.textContent = value === null ? "none" : numeral(value, 4);
      dot.toggleAttribute("hidden", !isShown(value));
      if (!isShown(value)) continue;
      dot.setAttribute("cx", x(epoch));
      dot.setAttribute("cy", y(value));
    }
  };
  followPointer(picture, (at) => pick(((at - CHART.left) / (right - CHART.left)) * lastEpoch));
  const element = make("figure", {}, make("figcaption", {}, chart.title), legend, picture);
  return { element, show };
}

/** Calls back with the horizontal place, in the picture's own units, of a click or a drag. */
function followPointer(picture, callback) {
  const report = (event) => {
    const box = picture.getBoundingClientRect();
    callback(((event.clientX - box.left) / box.width) * CHART.width);
  };
  picture.addEventListener("pointerdown", report);
  picture.addEventListener("pointermove", (event) => {
    if (event.buttons & 1) report(event);
  });
}

/** @returns {string} a chart in one sentence, for those who do not see it. */
function described(chart) {
  const lines = chart.series.map(({ name, values }) => {
    const known = values.filter((value) => value !== null);
    if (!known.length) return `${name} is not known`;
    return `${name} goes from ${numeral(known[0], 3)} to ${numeral(known[known.length - 1], 3)}`;
  });
  return `${chart.title}, ${chart.label} by epoch: ${lines.join("; ")}.`;
}
