// The functions of the table that come from a library of functions: here from Math, with the
// results of IEEE 754 and C99 that Python's math module and the engine give.

/**
 * x to the power y as C99 defines it (annex F.9.4.4). JavaScript's own differs where the base is 1,
 * or -1 with an infinite exponent: there it gives NaN.
 * @param {number} x
 * @param {number} y
 * @returns {number}
 */
function pow(x, y) {
  if (x === 1 || (x === -1 && Math.abs(y) === Infinity)) {
    return 1;
  }
  return Math.pow(x, y);
}

// Coefficients, highest power first, of W. J. Cody, "Rational Chebyshev Approximations for the
// Error Function", Mathematics of Computation 23 (1969), as in his program CALERF.
const ERF_NEAR = [
  [1.85777706184603153e-1, 3.1611237438705656, 1.13864154151050156e2, 3.77485237685302021e2,
    3.20937758913846947e3],
  [1, 2.36012909523441209e1, 2.44024637934444173e2, 1.28261652607737228e3, 2.84423683343917062e3],
];
const ERFC_FAR = [
  [2.15311535474403846e-8, 5.64188496988670089e-1, 8.88314979438837594, 6.61191906371416295e1,
    2.98635138197400131e2, 8.8195222124176909e2, 1.71204761263407058e3, 2.05107837782607147e3,
    1.23033935479799725e3],
  [1, 1.57449261107098347e1, 1.17693950891312499e2, 5.37181101862009858e2, 1.62138957456669019e3,
    3.29079923573345963e3, 4.36261909014324716e3, 3.43936767414372164e3, 1.23033935480374942e3],
];

/**
 * A quotient of polynomials, by Horner's rule.
 * @param {number[][]} coefficients of the numerator and the denominator, highest power first
 * @param {number} x
 * @returns {number}
 */
function rational([numerator, denominator], x) {
  const at = (sum, coefficient) => sum * x + coefficient;
  return numerator.reduce(at, 0) / denominator.reduce(at, 0);
}

/**
 * The error function, to the last few bits of a double.
 * @param {number} x
 * @returns {number}
 */
function erf(x) {
  const size = Math.abs(x);
  if (size <= 0.46875) {
    return x * rational(ERF_NEAR, x * x);
  }
  if (size >= 6) {
    return Math.sign(x); // what is left to 1 is less than half of a double's last bit
  }
  // Cody has a third formula from 4 on, for erfc; 1 - erfc(x) needs no more digits of it than this.
  return Math.sign(x) * (1 - Math.exp(-size * size) * rational(ERFC_FAR, size));
}

const PRIMITIVES = {
  pow,
  abs: Math.abs,
  exp: Math.exp,
  expm1: Math.expm1,
  log: Math.log,
  log1p: Math.log1p,
  sqrt: Math.sqrt,
  sin: Math.sin,
  cos: Math.cos,
  tan: Math.tan,
  asin: Math.asin,
  acos: Math.acos,
  atan: Math.atan,
  sinh: Math.sinh,
  cosh: Math.cosh,
  tanh: Math.tanh,
  erf,
};
