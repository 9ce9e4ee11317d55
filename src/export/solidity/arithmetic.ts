/** Floor 5. What each op of a law's graph is: on doubles, in fixed point, and in the text of a contract. */
import type { OpName } from '../../graph/index.js';
import { decimalWad, div, exp, ln, mul, sqrt, WAD } from './wad.js';

/** Arithmetic on some kind of number; masks are booleans. */
export interface Arithmetic<N> {
  readonly constant: (value: number) => N;
  readonly ops: Readonly<Record<string, (...args: never[]) => N | boolean>>;
}

type Binary<N> = (a: N, b: N) => N | boolean;
type Unary<N> = (a: N) => N;

const logic = {
  and: (a: boolean, b: boolean) => a && b,
  or: (a: boolean, b: boolean) => a || b,
  not: (a: boolean) => !a,
};

const compared = <N>() => ({
  max: ((a, b) => (a < b ? b : a)) as Binary<N>,
  min: ((a, b) => (b < a ? b : a)) as Binary<N>,
  less: ((a, b) => a < b) as Binary<N>,
  lessEqual: ((a, b) => a <= b) as Binary<N>,
  stop: ((a) => a) as Unary<N>,
});

export const doubles: Arithmetic<number> = {
  constant: (value) => value,
  ops: {
    ...logic,
    ...compared<number>(),
    add: (a: number, b: number) => a + b,
    sub: (a: number, b: number) => a - b,
    mul: (a: number, b: number) => a * b,
    div: (a: number, b: number) => a / b,
    neg: (a: number) => -a,
    abs: Math.abs,
    sqrt: Math.sqrt,
    exp: Math.exp,
    log: Math.log,
    expm1: Math.expm1,
  },
};

export const wads: Arithmetic<bigint> = {
  constant: decimalWad,
  ops: {
    ...logic,
    ...compared<bigint>(),
    add: (a: bigint, b: bigint) => a + b,
    sub: (a: bigint, b: bigint) => a - b,
    mul,
    div,
    neg: (a: bigint) => -a,
    abs: (a: bigint) => (a < 0n ? -a : a),
    sqrt,
    exp,
    log: ln,
    expm1: (a: bigint) => exp(a) - WAD,
  },
};

/** How a contract writes an op; arguments are names. */
export const texts: Readonly<Partial<Record<OpName, (...args: string[]) => string>>> = {
  and: (a, b) => `${a} && ${b}`,
  or: (a, b) => `${a} || ${b}`,
  not: (a) => `!${a}`,
  max: (a, b) => `${a} < ${b} ? ${b} : ${a}`,
  min: (a, b) => `${b} < ${a} ? ${b} : ${a}`,
  less: (a, b) => `${a} < ${b}`,
  lessEqual: (a, b) => `${a} <= ${b}`,
  stop: (a) => a,
  add: (a, b) => `${a} + ${b}`,
  sub: (a, b) => `${a} - ${b}`,
  mul: (a, b) => `_mul(${a}, ${b})`,
  div: (a, b) => `_div(${a}, ${b})`,
  neg: (a) => `-${a}`,
  abs: (a) => `${a} < 0 ? -${a} : ${a}`,
  sqrt: (a) => `_sqrt(${a})`,
  exp: (a) => `_exp(${a})`,
  log: (a) => `_ln(${a})`,
  expm1: (a) => `_exp(${a}) - 1e18`,
  where: (c, a, b) => `${c} ? ${a} : ${b}`,
};
