// Making elements of a page. Texts are always text, never markup.

const SVG = "http://www.w3.org/2000/svg";

/**
 * @param {string} tag
 * @param {Object<string, string | number | Function>} attributes a function listens to the event
 * @param {...(Node | string)} children
 * @returns {HTMLElement}
 */
function make(tag, attributes = {}, ...children) {
  return furnished(document.createElement(tag), attributes, children);
}

/**
 * @param {string} tag
 * @param {Object<string, string | number | Function>} attributes
 * @param {...(Node | string)} children
 * @returns {SVGElement}
 */
function makeSvg(tag, attributes = {}, ...children) {
  return furnished(document.createElementNS(SVG, tag), attributes, children);
}

/** An element with its attributes, listeners and children. */
function furnished(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") {
      element.addEventListener(name, value);
    } else {
      element.setAttribute(name, value);
    }
  }
  element.append(...children);
  return element;
}

/**
 * A button that shows a sign instead of a text.
 * @param {string} label what it does, for tooltips and screen readers
 * @param {string} path of the sign, in a square of 24
 * @param {() => void} onClick
 * @returns {HTMLButtonElement}
 */
function iconButton(label, path, onClick) {
  const sign = makeSvg("path", { d: path });
  const icon = makeSvg("svg", { viewBox: "0 0 24 24", "aria-hidden": "true" }, sign);
  const attributes = { type: "button", title: label, "aria-label": label, click: onClick };
  return make("button", attributes, icon);
}
