// What the model says at the epoch under the scrubber: a decision boundary, a table of mistakes, or
// predicted numbers beside the true ones.

const CERTAIN = 254; // the levels of a boundary, as drawing/report/predictions.py has them:
const UNKNOWN = 255; // of a probability of 1, and of nan
const PLANE = { width: 420, height: 440, left: 60, right: 12, top: 10, bottom: 42 };

/**
 * The view that suits the data.
 * @param {Object} predictions - with its kind: boundary, confusion or scatter.
 * @returns {{element: Element, show: function(number): void, choose: function(?Object): void}}
 *   show takes the number of a frame, choose the features and target of the chosen sample.
 */
function predictionsView(predictions) {
  const views = { boundary: boundaryView, confusion: confusionView, scatter: scatterView };
  return views[predictions.kind](predictions);
}

/** @returns {Uint8Array} the bytes that a base64 text stands for. */
function bytes(text) {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

/** @returns {string} the SVG path of a marker: circle, square, triangle, diamond or cross. */
function marker(kind, x, y, size = 3.2) {
  const [l, r, t, b] = [x - size, x + size, y - size, y + size];
  return [
    `M${l} ${y}a${size} ${size} 0 1 0 ${2 * size} 0a${size} ${size} 0 1 0 ${-2 * size} 0`,
    `M${l} ${t}H${r}V${b}H${l}Z`,
    `M${x} ${t}L${r} ${b}H${l}Z`,
    `M${x} ${t}L${r} ${y}L${x} ${b}L${l} ${y}Z`,
    `M${l} ${t}L${r} ${b}M${r} ${t}L${l} ${b}`,
  ][kind % 5];
}

/** The axes of a plane, with a scale for each. */
function plane(xRange, yRange, xLabel, yLabel) {
  const x = scale(...xRange, PLANE.left, PLANE.width - PLANE.right);
  const y = scale(...yRange, PLANE.height - PLANE.bottom, PLANE.top);
  const picture = makeSvg("svg", { viewBox: `0 0 ${PLANE.width} ${PLANE.height}`, role: "img" });
  picture.append(
    axes(
      PLANE,
      { label: xLabel, ticks: ticks(...xRange, 5), at: x },
      { label: yLabel, ticks: ticks(...yRange, 5), at: y },
    ),
  );
  return { picture, x, y };
}

/** The plane coloured by what a classifier says, under its samples. */
function boundaryView(data) {
  const { picture, x, y } = plane(data.x, data.y, ...data.names);
  const canvas = make("canvas", { width: PLANE.width - PLANE.left - PLANE.right });
  canvas.height = PLANE.height - PLANE.top - PLANE.bottom;
  const holder = make("div", { class: "plane" }, canvas, picture);
  const legend = make("ul", { class: "legend plane-legend" });
  data.classes.forEach((name, kind) => {
    const sample = makeSvg("svg", { class: "swatch", viewBox: "0 0 10 10", "aria-hidden": "true" });
    sample.append(makeSvg("path", { class: `sample class-${kind % 5}`, d: marker(kind, 5, 5) }));
    legend.append(make("li", {}, sample, name));
    for (const part of ["train", "test"]) {
      const points = data[part];
      const group = makeSvg("g", { class: `sample class-${kind % 5} ${part}` });
      points.xs.forEach((across, i) => {
        if (points.targets[i] !== kind) return;
        group.append(makeSvg("path", { d: marker(kind, x(across), y(points.ys[i])) }));
      });
      picture.append(group);
    }
  });
  legend.append(make("li", {}, "hollow: of the test part"));
  if (data.shares.some((share) => bytes(share).includes(UNKNOWN))) {
    legend.append(make("li", {}, "hatched: the network says nan"));
  }
  const ring = makeSvg("circle", { class: "ring", r: 8 });
  picture.append(ring);
  const title = `What the network says, by ${data.names.join(" and ")}`;
  picture.setAttribute("aria-label", `${title}: the plane coloured by class, and the samples.`);
  let current = 0;
  const show = (frame) => {
    current = frame;
    paint(canvas, bytes(data.shares[frame]), data.points, data.classes.length);
  };
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => show(current));
  return {
    element: make("figure", { class: "tall" }, make("figcaption", {}, title), legend, holder),
    show,
    choose: (sample) => {
      ring.setAttribute("cx", x(sample.features[0]));
      ring.setAttribute("cy", y(sample.features[1]));
    },
  };
}

/**
 * Paints the classes' probabilities; between grid points they are interpolated. What is beside nan
 * is hatched.
 * @param {HTMLCanvasElement} canvas
 * @param {Uint8Array} levels - of each class one grid after the other; of two, just the second's.
 * @param {number} points - of the grid, along each axis.
 * @param {number} classes
 */
function paint(canvas, levels, points, classes) {
  const { width, height } = canvas;
  const context = canvas.getContext("2d");
  const image = context.createImageData(width, height);
  const colours = palette(canvas, classes);
  const grids = classes === 2 ? 1 : classes;
  const winners = new Uint8Array(width * height);
  for (let row = 0, pixel = 0; row < height; row++) {
    const v = ((height - 1 - row) / (height - 1)) * (points - 1);
    const low = Math.min(Math.floor(v), points - 2);
    for (let column = 0; column < width; column++, pixel++) {
      const u = (column / (width - 1)) * (points - 1);
      const left = Math.min(Math.floor(u), points - 2);
      const corner = low * points + left;
      const upper = corner + points;
      const most = Math.max(levels[corner], levels[corner + 1], levels[upper], levels[upper + 1]);
      if (most === UNKNOWN) {
        const colour = (row + column) % 8 ? colours.paper : colours.edge;
        image.data.set([...colour.slice(0, 3), 255], 4 * pixel);
        winners[pixel] = UNKNOWN;
        continue;
      }
      let winner = 0;
      let share = -1;
      for (let grid = 0; grid < grids; grid++) {
        const at = grid * points * points + corner;
        const below = levels[at] + (levels[at + 1] - levels[at]) * (u - left);
        const next = at + points;
        const above = levels[next] + (levels[next + 1] - levels[next]) * (u - left);
        const level = (below + (above - below) * (v - low)) / CERTAIN;
        if (level > share) [winner, share] = [grid, level];
      }
      if (grids === 1) [winner, share] = share > 0.5 ? [1, share] : [0, 1 - share];
      winners[pixel] = winner;
      const certain = Math.max(0, (share - 1 / classes) / (1 - 1 / classes));
      const edge =
        (column && winners[pixel - 1] !== winner) || (row && winners[pixel - width] !== winner);
      for (let channel = 0; channel < 3; channel++) {
        const colour = colours.classes[winner][channel];
        const pale = colours.paper[channel] + (colour - colours.paper[channel]) * (0.2 + 0.8 * certain);
        image.data[4 * pixel + channel] = edge ? colours.edge[channel] : pale;
      }
      image.data[4 * pixel + 3] = 255;
    }
  }
  context.putImageData(image, 0, 0);
}

/** @returns {Object} the colours of the page, light or dark, as numbers. */
function palette(canvas, classes) {
  const colour = (name) => {
    canvas.style.color = `var(${name})`; // the computed colour is always rgb(...)
    return getComputedStyle(canvas).color.match(/\d+/g).map(Number);
  };
  return {
    paper: colour("--paper"),
    edge: colour("--ink"),
    classes: Array.from({ length: classes }, (_, kind) => colour(`--plane-${kind % 5}`)),
  };
}

/** How often each class was taken for each class, as a table. */
function confusionView(data) {
  const table = make("table", { class: "confusion" });
  const head = make("tr", {}, make("th", { scope: "col" }, "is \\ said"));
  head.append(...data.classes.map((name) => make("th", { scope: "col" }, name)));
  table.append(make("thead", {}, head));
  const body = make("tbody");
  const cells = data.classes.map((name) => {
    const row = data.classes.map(() => make("td"));
    body.append(make("tr", {}, make("th", { scope: "row" }, name), ...row));
    return row;
  });
  table.append(body);
  const title = "What the network says about the test part";
  const show = (frame) => {
    data.counts[frame].forEach((counts, actual) => {
      const total = counts.reduce((sum, count) => sum + count, 0);
      counts.forEach((count, said) => {
        const cell = cells[actual][said];
        cell.textContent = count || "·";
        cell.className = count ? (actual === said ? "right" : "wrong") : "";
        cell.style.setProperty("--share", `${Math.round((100 * count) / (total || 1))}%`);
      });
    });
  };
  const holder = make("div", { class: "wide" }, table);
  const legend = make("p", { class: "legend" }, "row: the true class, column: what was said");
  const element = make("figure", { class: "tall" }, make("figcaption", {}, title), legend, holder);
  return { element, show, choose: () => {} };
}

/** Predicted numbers beside the true ones. */
function scatterView(data) {
  const known = [data.targets, ...data.predictions].flat().filter((number) => number !== null);
  const low = known.reduce((least, number) => Math.min(least, number), Infinity);
  const high = known.reduce((most, number) => Math.max(most, number), -Infinity);
  const range = [low - 0.04 * (high - low), high + 0.04 * (high - low)];
  const { picture, x, y } = plane(range, range, `true ${data.name}`, `predicted ${data.name}`);
  const ends = range.map((number) => `${x(number)} ${y(number)}`);
  const points = makeSvg("path", { class: "sample class-0 train" });
  picture.append(makeSvg("path", { class: "best", d: `M${ends.join("L")}` }), points);
  const title = `Predicted and true ${data.name} on the test part`;
  picture.setAttribute("aria-label", `${title}: on the dashed line, both are equal.`);
  const legend = make("p", { class: "legend" }, "on the dashed line both are equal");
  const show = (frame) => {
    const shapes = data.predictions[frame].map((predicted, i) =>
      predicted === null ? "" : marker(0, x(data.targets[i]), y(predicted)),
    );
    points.setAttribute("d", shapes.join(""));
  };
  const element = make("figure", { class: "tall" }, make("figcaption", {}, title), legend, picture);
  return { element, show, choose: () => {} };
}
