/**
 * Floor 0. Peephole rules, applied as nodes are made: constants fold, neutral elements vanish.
 *
 * A literal 0 annihilates a product or quotient even of NaN: zero cotangents must not keep dead arithmetic alive.
 * Everything else keeps IEEE results to the bit, but for the sign of a zero.
 */
import { constant, type Expr, integer, make } from './expr.js';
import { truth } from './language.js';
import { type ComputedOp, type DType, ops } from './ops.js';

const literal = (dtype: DType, value: number): Expr => {
  if (dtype === 'f64') return constant(value);
  if (dtype === 'i32') return integer(value);
  return truth(value !== 0, dtype);
};

type Rule = (x: Expr, y: Expr, z: Expr) => Expr | null;

const is = (x: Expr, value: number) => x.constant === value;
const negated = (x: Expr): Expr | null => (x.op === 'neg' ? x.args[0] : null);

const rules: Partial<Record<ComputedOp, Rule>> = {
  // x + 0 = x, x + (−y) = x − y
  add: (x, y) => {
    if (is(x, 0)) return y;
    if (is(y, 0)) return x;
    const ny = negated(y);
    if (ny !== null) return make('sub', [x, ny]);
    const nx = negated(x);
    return nx === null ? null : make('sub', [y, nx]);
  },
  // x − 0 = x, 0 − x = −x, x − (−y) = x + y
  sub: (x, y) => {
    if (is(y, 0)) return x;
    if (is(x, 0)) return make('neg', [y]);
    const ny = negated(y);
    return ny === null ? null : make('add', [x, ny]);
  },
  // x·1 = x, x·(−1) = −x, x·0 = 0; signs move outwards, where sums absorb them
  mul: (x, y) => {
    if (is(x, 0) || is(y, 0)) return constant(0);
    if (is(x, 1)) return y;
    if (is(y, 1)) return x;
    if (is(x, -1)) return make('neg', [y]);
    if (is(y, -1)) return make('neg', [x]);
    const nx = negated(x);
    if (nx !== null) return make('neg', [make('mul', [nx, y])]);
    const ny = negated(y);
    return ny === null ? null : make('neg', [make('mul', [x, ny])]);
  },
  // x/1 = x, 0/x = 0
  div: (x, y) => {
    if (is(y, 1)) return x;
    if (is(x, 0)) return constant(0);
    const nx = negated(x);
    return nx === null ? null : make('neg', [make('div', [nx, y])]);
  },
  neg: (x) => {
    if (x.op === 'sub') return make('sub', [x.args[1], x.args[0]]);
    return negated(x);
  },
  max: (x, y) => (x === y ? x : null),
  min: (x, y) => (x === y ? x : null),
  stop: (x) => (x.op === 'stop' ? x : null),
  // both arms equal, or the condition is known
  where: (m, x, y) => chosen(m, x, y),
  choose: (c, x, y) => chosen(c, x, y),
  and: (x, y) => conjunction(x, y),
  cand: (x, y) => conjunction(x, y),
  or: (x, y) => disjunction(x, y),
  cor: (x, y) => disjunction(x, y),
  not: (x) => (x.op === 'not' ? x.args[0] : null),
  cnot: (x) => (x.op === 'cnot' ? x.args[0] : null),
  // (x + a) + b = x + (a + b): loop indices stay in the form counter + offset
  iadd: (x, y) => {
    if (is(x, 0)) return y;
    if (is(y, 0)) return x;
    if (x.constant !== undefined) return make('iadd', [y, x]);
    if (y.constant !== undefined && x.op === 'iadd' && x.args[1].constant !== undefined) {
      return make('iadd', [x.args[0], integer(x.args[1].constant + y.constant)]);
    }
    return null;
  },
  isub: (x, y) => {
    if (x === y) return integer(0);
    return y.constant === undefined ? null : make('iadd', [x, integer(-y.constant)]);
  },
  imul: (x, y) => {
    if (is(x, 0) || is(y, 0)) return integer(0);
    if (is(x, 1)) return y;
    return is(y, 1) ? x : null;
  },
  idiv: (x, y) => (is(y, 1) ? x : null),
  imod: (_x, y) => (is(y, 1) ? integer(0) : null),
  imin: (x, y) => (x === y ? x : null),
  imax: (x, y) => (x === y ? x : null),
};

function chosen(condition: Expr, x: Expr, y: Expr): Expr | null {
  if (x === y) return x;
  if (condition.constant === undefined) return null;
  return condition.constant ? x : y;
}

function conjunction(x: Expr, y: Expr): Expr | null {
  if (x === y || is(y, 1)) return x;
  if (is(x, 1)) return y;
  return is(x, 0) || is(y, 0) ? truth(false, x.dtype as 'cond' | 'bool') : null;
}

function disjunction(x: Expr, y: Expr): Expr | null {
  if (x === y || is(y, 0)) return x;
  if (is(x, 0)) return y;
  return is(x, 1) || is(y, 1) ? truth(true, x.dtype as 'cond' | 'bool') : null;
}

/** The simpler equal node, or null when there is none. */
export function simplify(op: ComputedOp, args: readonly Expr[]): Expr | null {
  const row = ops[op];
  if (row.forward !== undefined && args.length > 0 && args.every((a) => a.constant !== undefined)) {
    return literal(row.result, row.forward(...args.map((a) => a.constant as number)));
  }
  return rules[op]?.(args[0], args[1], args[2]) ?? null;
}
