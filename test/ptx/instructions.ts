/**
 * The instructions that compute: what each takes, what it gives, and its JavaScript.
 *
 * A row stands for one instruction with all its modifiers; what has no row is not understood. Registers are cells of typed
 * arrays, which cut a result to their size: words are signed (Int32Array, BigInt64Array), predicates 0 or 1.
 */
import { GENERIC } from './memory.js';
import type { RegisterClass } from './parse.js';

export interface Row {
  readonly result: RegisterClass;
  readonly sources: readonly RegisterClass[];
  /** The value, from JavaScript expressions of the sources; `x` is the module of arithmetic. */
  readonly code: (a: string, b: string, c: string, line: number) => string;
}

type Code = Row['code'];

const row = (result: RegisterClass, sources: readonly RegisterClass[], code: Code): readonly Row[] => [
  { result, sources, code },
];
const unsigned32 = (a: string) => `(${a} >>> 0)`;
const wide = (a: string) => `BigInt(${unsigned32(a)})`;
const same: Code = (a) => a;
/** Both operands and the result of one class. */
const two = (type: RegisterClass, code: Code) => row(type, [type, type], code);
const move = (type: RegisterClass) => row(type, [type], same);
const select = (type: RegisterClass) => row(type, [type, type, 'pred'], (a, b, p) => `${p} !== 0 ? ${a} : ${b}`);
const divide = (name: 'quotient' | 'remainder', view: (a: string) => string) =>
  two('b32', (a, b, _c, line) => `x.${name}(${view(a)}, ${view(b)}, ${line})`);

/** Ordered comparisons: false where an operand is NaN. */
const COMPARISONS: Readonly<Record<string, Code>> = {
  eq: (a, b) => `${a} === ${b}`,
  ne: (a, b) => `(${a} < ${b} || ${a} > ${b})`,
  lt: (a, b) => `${a} < ${b}`,
  le: (a, b) => `${a} <= ${b}`,
  gt: (a, b) => `${a} > ${b}`,
  ge: (a, b) => `${a} >= ${b}`,
};

function comparisons(type: string, of: RegisterClass, view: (a: string) => string): [string, readonly Row[]][] {
  return Object.entries(COMPARISONS).map(([name, code]) => [
    `setp.${name}.${type}`,
    row('pred', [of, of], (a, b, c, line) => code(view(a), view(b), c, line)),
  ]);
}

export const INSTRUCTIONS: ReadonlyMap<string, readonly Row[]> = new Map([
  ...comparisons('f64', 'f64', (a) => a),
  ...comparisons('f32', 'f32', (a) => a),
  ...comparisons('s32', 'b32', (a) => a),
  ...comparisons('u32', 'b32', unsigned32),
  ...Object.entries({
    // float64: JavaScript's operators round to nearest even, and keep subnormal numbers
    'add.rn.f64': two('f64', (a, b) => `${a} + ${b}`),
    'sub.rn.f64': two('f64', (a, b) => `${a} - ${b}`),
    'mul.rn.f64': two('f64', (a, b) => `${a} * ${b}`),
    'div.rn.f64': two('f64', (a, b) => `${a} / ${b}`),
    'fma.rn.f64': row('f64', ['f64', 'f64', 'f64'], (a, b, c) => `x.fma(${a}, ${b}, ${c})`),
    'sqrt.rn.f64': row('f64', ['f64'], (a) => `Math.sqrt(${a})`),
    'neg.f64': row('f64', ['f64'], (a) => `-${a}`),
    'abs.f64': row('f64', ['f64'], (a) => `Math.abs(${a})`),
    'min.f64': two('f64', (a, b) => `x.minimum(${a}, ${b})`),
    'max.f64': two('f64', (a, b) => `x.maximum(${a}, ${b})`),
    // float32: float64 operations, which a cell of a Float32Array rounds once more; for these that is one rounding
    'add.rn.f32': two('f32', (a, b) => `${a} + ${b}`),
    'sub.rn.f32': two('f32', (a, b) => `${a} - ${b}`),
    'mul.rn.f32': two('f32', (a, b) => `${a} * ${b}`),
    'div.rn.f32': two('f32', (a, b) => `${a} / ${b}`),
    'sqrt.rn.f32': row('f32', ['f32'], (a) => `Math.sqrt(${a})`),
    'neg.f32': row('f32', ['f32'], (a) => `-${a}`),
    'abs.f32': row('f32', ['f32'], (a) => `Math.abs(${a})`),
    // moves and choices
    'mov.f64': move('f64'),
    'mov.f32': move('f32'),
    'mov.b32': [
      ...move('b32'),
      ...row('b32', ['f32'], (a) => `x.bitsOfF32(${a})`),
      ...row('f32', ['b32'], (a) => `x.singleOf(${a})`),
    ],
    'mov.u32': move('b32'),
    'mov.u64': move('b64'),
    'mov.pred': move('pred'),
    'mov.b64': [
      ...move('b64'),
      ...row('b64', ['f64'], (a) => `x.bitsOf(${a})`),
      ...row('f64', ['b64'], (a) => `x.doubleOf(${a})`),
    ],
    'selp.f64': select('f64'),
    'selp.f32': select('f32'),
    'selp.b32': select('b32'),
    // predicates
    'and.pred': two('pred', (a, b) => `${a} & ${b}`),
    'or.pred': two('pred', (a, b) => `${a} | ${b}`),
    'not.pred': row('pred', ['pred'], (a) => `1 - ${a}`),
    // 32-bit words
    'add.s32': two('b32', (a, b) => `${a} + ${b}`),
    'sub.s32': two('b32', (a, b) => `${a} - ${b}`),
    'mul.lo.s32': two('b32', (a, b) => `Math.imul(${a}, ${b})`),
    'mul.lo.u32': two('b32', (a, b) => `Math.imul(${a}, ${b})`),
    'mul.hi.u32': two('b32', (a, b) => `x.mulHigh(${a}, ${b})`),
    'mad.lo.s32': row('b32', ['b32', 'b32', 'b32'], (a, b, c) => `Math.imul(${a}, ${b}) + ${c}`),
    'div.s32': divide('quotient', (a) => a),
    'rem.s32': divide('remainder', (a) => a),
    'div.u32': divide('quotient', unsigned32),
    'rem.u32': divide('remainder', unsigned32),
    'min.s32': two('b32', (a, b) => `Math.min(${a}, ${b})`),
    'max.s32': two('b32', (a, b) => `Math.max(${a}, ${b})`),
    'xor.b32': two('b32', (a, b) => `${a} ^ ${b}`),
    'and.b32': two('b32', (a, b) => `${a} & ${b}`),
    'or.b32': two('b32', (a, b) => `${a} | ${b}`),
    'shl.b32': two('b32', (a, b) => `x.shiftLeft32(${a}, ${b})`),
    'shr.u32': two('b32', (a, b) => `x.shiftRight32(${a}, ${b})`),
    // 64-bit words
    'add.s64': two('b64', (a, b) => `${a} + ${b}`),
    'sub.s64': two('b64', (a, b) => `${a} - ${b}`),
    'and.b64': two('b64', (a, b) => `${a} & ${b}`),
    'or.b64': two('b64', (a, b) => `${a} | ${b}`),
    'shl.b64': row('b64', ['b64', 'b32'], (a, b) => `x.shiftLeft(${a}, ${b})`),
    'shr.u64': row('b64', ['b64', 'b32'], (a, b) => `x.shiftRight(${a}, ${b})`),
    'mul.wide.u32': row('b64', ['b32', 'b32'], (a, b) => `${wide(a)} * ${wide(b)}`),
    'mad.wide.u32': row('b64', ['b32', 'b32', 'b64'], (a, b, c) => `${wide(a)} * ${wide(b)} + ${c}`),
    'mad.wide.s32': row('b64', ['b32', 'b32', 'b64'], (a, b, c) => `BigInt(${a}) * BigInt(${b}) + ${c}`),
    'cvta.to.global.u64': row('b64', ['b64'], (a) => `${a} - ${GENERIC}n`),
    // conversions
    'cvt.u64.u32': row('b64', ['b32'], wide),
    'cvt.rn.f64.s32': row('f64', ['b32'], same),
    'cvt.rn.f32.s32': row('f32', ['b32'], same),
    'cvt.rn.f32.u32': row('f32', ['b32'], unsigned32),
    'cvt.rn.f32.f64': row('f32', ['f64'], same),
    'cvt.f64.f32': row('f64', ['f32'], same),
    'cvt.rzi.s32.f64': row('b32', ['f64'], (a) => `x.toInteger32(${a})`),
    'cvt.rzi.s32.f32': row('b32', ['f32'], (a) => `x.toInteger32(${a})`),
    'cvt.rn.f64.s64': row('f64', ['b64'], (a) => `Number(${a})`),
    'cvt.rn.f64.u64': row('f64', ['b64'], (a) => `Number(BigInt.asUintN(64, ${a}))`),
  }),
]);
