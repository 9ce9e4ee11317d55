/** Floor 1, reference target. One JavaScript expression for each op: the plainest reading of the op table. */
import type { ComputedOp } from '../../graph/index.js';

export type Emit = (x: string, y: string, z: string, w: string) => string;

/** In float64. `scale2`, `exponent`, `mantissa` and `draw` are functions of runtime.ts. */
export const emit: Readonly<Record<ComputedOp, Emit>> = {
  add: (x, y) => `${x} + ${y}`,
  sub: (x, y) => `${x} - ${y}`,
  mul: (x, y) => `${x} * ${y}`,
  div: (x, y) => `${x} / ${y}`,
  neg: (x) => `-${x}`,
  abs: (x) => `Math.abs(${x})`,
  max: (x, y) => `${x} < ${y} ? ${y} : ${x}`,
  min: (x, y) => `${y} < ${x} ? ${y} : ${x}`,
  sqrt: (x) => `Math.sqrt(${x})`,
  exp: (x) => `Math.exp(${x})`,
  log: (x) => `Math.log(${x})`,
  expm1: (x) => `Math.expm1(${x})`,
  scale2: (x, y) => `scale2(${x}, ${y})`,
  exponent: (x) => `exponent(${x})`,
  mantissa: (x) => `mantissa(${x})`,
  less: (x, y) => `${x} < ${y}`,
  lessEqual: (x, y) => `${x} <= ${y}`,
  and: (x, y) => `${x} && ${y}`,
  or: (x, y) => `${x} || ${y}`,
  not: (x) => `!${x}`,
  where: (m, x, y) => `${m} ? ${x} : ${y}`,
  choose: (c, x, y) => `${c} ? ${x} : ${y}`,
  stop: (x) => x,
  graft: (x) => x,
  iadd: (x, y) => `(${x} + ${y}) | 0`,
  isub: (x, y) => `(${x} - ${y}) | 0`,
  imul: (x, y) => `Math.imul(${x}, ${y})`,
  idiv: (x, y) => `(${x} / ${y}) | 0`,
  imod: (x, y) => `(${x} % ${y}) | 0`,
  imin: (x, y) => `Math.min(${x}, ${y})`,
  imax: (x, y) => `Math.max(${x}, ${y})`,
  ilt: (x, y) => `${x} < ${y}`,
  ieq: (x, y) => `${x} === ${y}`,
  cand: (x, y) => `${x} && ${y}`,
  cor: (x, y) => `${x} || ${y}`,
  cnot: (x) => `!${x}`,
  float: (x) => x,
  int: (x) => `${x} | 0`,
  mask: (x) => x,
  draw: (seed, lane, step, index) => `draw(${seed}, ${lane}, ${step}, ${index})`,
};

/** A float64 operation on float32 numbers, rounded: for + − × ÷ √ this is the float32 operation (Figueroa 1995). */
const rounded =
  (op: ComputedOp): Emit =>
  (...args) =>
    `fround(${emit[op](...args)})`;

/** In float32; what has no row here rounds nothing. */
export const emitF32: Readonly<Record<ComputedOp, Emit>> = {
  ...emit,
  add: rounded('add'),
  sub: rounded('sub'),
  mul: rounded('mul'),
  div: rounded('div'),
  sqrt: rounded('sqrt'),
  float: rounded('float'),
  scale2: (x, y) => `scale2F32(${x}, ${y})`,
  exponent: (x) => `exponentF32(${x})`,
  mantissa: (x) => `mantissaF32(${x})`,
  draw: (seed, lane, step, index) => `drawF32(${seed}, ${lane}, ${step}, ${index})`,
};
