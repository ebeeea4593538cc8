// Keys that move a stepper or a scrubber.

/**
 * Does what a key stands for, unless what has the focus needs the key itself. Space, Home and End
 * scroll a page: they are taken only where the focus is in one of some places.
 * @param {KeyboardEvent} event
 * @param {Object<string, () => void>} actions by the keys' names
 * @param {Element[]} places
 */
function answerKey(event, actions, places) {
  const { target, key } = event;
  const isOurs = key.startsWith("Arrow") || places.some((place) => place.contains(target));
  const isSpace = key === " ";
  const isPressed = isSpace && target.closest("button, summary");
  const isTyped = target.closest("input, select, textarea");
  const isSlider = isSpace && target.matches("input[type=range]"); // it has no use for space
  const hasModifier = event.ctrlKey || event.metaKey || event.altKey || event.shiftKey;
  if (key in actions && isOurs && !isPressed && (!isTyped || isSlider) && !hasModifier) {
    event.preventDefault();
    event.stopPropagation();
    actions[key]();
  }
}
