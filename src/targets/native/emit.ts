/**
 * Floor 1, native target. The C expression of each op: f64 is a vector `v` of neighbouring sets, bool a mask `m` (all ones
 * or zeros in each lane), i32 and cond are an int32_t and an int, the same for all lanes. Functions: prelude.ts.
 */
import type { ComputedOp, Expr } from '../../graph/index.js';

/** Of an op's arguments, as text and as they are in the graph. */
export type Emit = (text: readonly string[], args: readonly Expr[]) => string;

const infix =
  (operator: string): Emit =>
  ([x, y]) =>
    `${x} ${operator} ${y}`;
const call =
  (name: string): Emit =>
  (text) =>
    `${name}(${text.join(', ')})`;
const lowered: Emit = () => {
  throw new Error('native: transcendentals are lowered before a target sees them');
};
const isPositiveZero = (e: Expr) => Object.is(e.constant, 0);

export const emit: Readonly<Record<ComputedOp, Emit>> = {
  add: infix('+'),
  sub: infix('-'),
  mul: infix('*'),
  div: infix('/'),
  neg: ([x]) => `-${x}`,
  abs: call('absolute'),
  max: call('larger'),
  min: call('smaller'),
  sqrt: call('root'),
  exp: lowered,
  log: lowered,
  expm1: lowered,
  scale2: call('scale2'),
  exponent: call('exponent'),
  mantissa: call('mantissa'),
  less: ([x, y]) => `(m)(${x} < ${y})`,
  lessEqual: ([x, y]) => `(m)(${x} <= ${y})`,
  and: infix('&'),
  or: infix('|'),
  not: ([x]) => `~${x}`,
  where([mask, x, y], [, ofX, ofY]) {
    if (isPositiveZero(ofY)) return `(v)(${mask} & (m)${x})`;
    if (isPositiveZero(ofX)) return `(v)(~${mask} & (m)${y})`;
    return `choice(${mask}, ${x}, ${y})`;
  },
  choose: ([c, x, y]) => `${c} ? ${x} : ${y}`,
  stop: ([x]) => x,
  graft: ([x]) => x,
  iadd: infix('+'),
  isub: infix('-'),
  imul: infix('*'),
  idiv: call('quotient'),
  imod: call('residue'),
  imin: ([x, y]) => `${x} < ${y} ? ${x} : ${y}`,
  imax: ([x, y]) => `${x} > ${y} ? ${x} : ${y}`,
  ilt: infix('<'),
  ieq: infix('=='),
  cand: infix('&'),
  cor: infix('|'),
  cnot: ([x]) => `!${x}`,
  float: ([x]) => `all((double)${x})`,
  int: ([x]) => `whole(${x}[0])`,
  mask: ([x]) => `every(-(int64_t)${x})`,
  draw: ([seed, lane, step, index]) => `all(draw(${seed}, ${lane}, ${step}, ${index}))`,
};
