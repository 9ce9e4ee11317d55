/**
 * Floor 0. Expressions: typed, hash-consed nodes with chaining in the manner of TensorFlow.js.
 *
 * A node is a scalar of one lane. Equal nodes are one object, so a graph is a DAG without repetition. The region of a
 * node is the innermost scan whose carry or counter it depends on: that alone decides in which loop it is computed,
 * hence everything that does not depend on a loop is hoisted out of it by construction.
 */
import { type ComputedOp, type DType, type OpName, ops } from './ops.js';
import { type Buffer, currentGraph, deepest, type Region, type Scan } from './region.js';
import { simplify } from './simplify.js';

/** What a leaf refers to. */
export type Attr =
  | null
  | { readonly value: number }
  | { readonly input: InputRef }
  | { readonly buffer: Buffer; readonly column: number }
  | { readonly scan: Scan; readonly index: number };

export interface InputRef {
  readonly name: string;
  /** run: one integer for the run; window: one for each window. */
  readonly per: 'run' | 'window';
}

export type Operand = Expr | number;

export class Expr {
  constructor(
    /** Creation order within the graph; arguments always have smaller ids. */
    readonly id: number,
    readonly op: OpName,
    readonly args: readonly Expr[],
    readonly attr: Attr,
    readonly region: Region,
    /** True when the value depends on series, clock and constants only: the same for every parameter set. */
    readonly uniform: boolean,
  ) {}

  get dtype(): DType {
    return ops[this.op].result;
  }
  /** The number of a constant (const, iconst, cconst, bconst), else undefined. */
  get constant(): number | undefined {
    return this.attr !== null && 'value' in this.attr ? this.attr.value : undefined;
  }

  add(y: Operand): Expr {
    return add(this, y);
  }
  sub(y: Operand): Expr {
    return sub(this, y);
  }
  mul(y: Operand): Expr {
    return mul(this, y);
  }
  /** Quotient; of two integers: towards zero. */
  div(y: Operand): Expr {
    return div(this, y);
  }
  /** Remainder of non-negative integers. */
  mod(y: Operand): Expr {
    return make('imod', [this, lift(y, 'i32')]);
  }
  neg(): Expr {
    return neg(this);
  }
  abs(): Expr {
    return make('abs', [this]);
  }
  maximum(y: Operand): Expr {
    return make(this.dtype === 'i32' ? 'imax' : 'max', [this, lift(y, this.dtype)]);
  }
  minimum(y: Operand): Expr {
    return make(this.dtype === 'i32' ? 'imin' : 'min', [this, lift(y, this.dtype)]);
  }
  exp(): Expr {
    return make('exp', [this]);
  }
  log(): Expr {
    return make('log', [this]);
  }
  expm1(): Expr {
    return make('expm1', [this]);
  }
  sqrt(): Expr {
    return make('sqrt', [this]);
  }
  square(): Expr {
    return mul(this, this);
  }
  reciprocal(): Expr {
    return div(1, this);
  }
  less(y: Operand): Expr {
    return less(this, y);
  }
  lessEqual(y: Operand): Expr {
    return make('lessEqual', [this, lift(y, 'f64')]);
  }
  greater(y: Operand): Expr {
    return less(y, this);
  }
  greaterEqual(y: Operand): Expr {
    return make('lessEqual', [lift(y, 'f64'), this]);
  }
  /** Equality of two integers. */
  equal(y: Operand): Expr {
    return make('ieq', [this, lift(y, 'i32')]);
  }
  and(y: Expr): Expr {
    return make(this.dtype === 'cond' ? 'cand' : 'and', [this, y]);
  }
  or(y: Expr): Expr {
    return make(this.dtype === 'cond' ? 'cor' : 'or', [this, y]);
  }
  not(): Expr {
    return make(this.dtype === 'cond' ? 'cnot' : 'not', [this]);
  }
  /** An integer as a float64. */
  float(): Expr {
    return make('float', [this]);
  }
  /** A float64 that is the same for all lanes as an integer, towards zero: what a series says of rows and lengths. */
  int(): Expr {
    if (!this.uniform)
      throw new TypeError('graph: int expects what is the same for all lanes, got what varies by lane');
    return make('int', [this]);
  }
  /** A uniform predicate as a mask of all lanes, to be combined with masks. */
  mask(): Expr {
    return make('mask', [this]);
  }
  /** The same value without a gradient. */
  stopGradient(): Expr {
    return make('stop', [this]);
  }
}

/** A float64 constant. */
export const constant = (value: number): Expr => leaf('const', { value }, `${Object.is(value, -0) ? '-0' : value}`);
/** An integer constant. */
export const integer = (value: number): Expr => leaf('iconst', { value: value | 0 }, `${value | 0}`);
/** A truth value: cond (uniform) or bool (mask). */
export const truth = (value: boolean, dtype: 'cond' | 'bool' = 'cond'): Expr =>
  leaf(dtype === 'cond' ? 'cconst' : 'bconst', { value: Number(value) }, `${value}`);

/** An operand as a node of the wanted type; numbers become constants. */
export function lift(x: Operand, dtype: DType): Expr {
  if (typeof x !== 'number') return x;
  if (dtype === 'f64') return constant(x);
  if (dtype === 'i32' && Number.isInteger(x)) return integer(x);
  throw new TypeError(`graph: a ${dtype} was expected, got the number ${x}`);
}

/** Integer arithmetic is chosen when a node among the operands is an integer. */
const arithmetic = (x: Operand, y: Operand, f: ComputedOp, i: ComputedOp): Expr => {
  const dtype =
    (typeof x !== 'number' && x.dtype === 'i32') || (typeof y !== 'number' && y.dtype === 'i32') ? 'i32' : 'f64';
  return make(dtype === 'i32' ? i : f, [lift(x, dtype), lift(y, dtype)]);
};
export const add = (x: Operand, y: Operand): Expr => arithmetic(x, y, 'add', 'iadd');
export const sub = (x: Operand, y: Operand): Expr => arithmetic(x, y, 'sub', 'isub');
export const mul = (x: Operand, y: Operand): Expr => arithmetic(x, y, 'mul', 'imul');
export const div = (x: Operand, y: Operand): Expr => arithmetic(x, y, 'div', 'idiv');
export const less = (x: Operand, y: Operand): Expr => arithmetic(x, y, 'less', 'ilt');
export const neg = (x: Operand): Expr => make('neg', [lift(x, 'f64')]);

/** condition ? x : y. The condition is a mask (by lane) or a uniform predicate. The only conditional of the language. */
export function where(condition: Expr, x: Operand, y: Operand): Expr {
  return make(condition.dtype === 'cond' ? 'choose' : 'where', [condition, lift(x, 'f64'), lift(y, 'f64')]);
}

/** Uniform random number in (0, 1), the same bits on every target; no gradient. */
export const draw = (seed: Expr, lane: Operand, step: Operand, index: Operand): Expr =>
  make('draw', [seed, lift(lane, 'i32'), lift(step, 'i32'), lift(index, 'i32')]);

/** buffer[base + slot][column] for this lane. */
export function load(buffer: Buffer, column: number, slot: Operand = 0, base: Operand = 0): Expr {
  const row = [lift(base, 'i32'), lift(slot, 'i32')];
  checkTypes('load', row);
  return node('load', row, { buffer, column }, `${buffer.id}.${column}`);
}

/** A run-time integer: a length (`run`) or a window's first row (`window`). */
export const input = (name: string, per: InputRef['per'] = 'run'): Expr =>
  leaf('input', { input: { name, per } }, name);

/** A checked, simplified, hash-consed application of an op. */
export function make(op: ComputedOp, args: readonly Expr[]): Expr {
  checkTypes(op, args);
  return simplify(op, args) ?? node(op, args, null, '');
}

function checkTypes(op: OpName, args: readonly Expr[]): void {
  const wanted = ops[op].args;
  if (wanted.every((dtype, i) => args[i]?.dtype === dtype)) return;
  throw new TypeError(`graph: ${op} expects ${wanted.join(', ')}, got ${args.map((a) => a?.dtype).join(', ')}`);
}

/** The one place where nodes are created: looks up an equal node first. */
export function node(op: OpName, args: readonly Expr[], attr: Attr, key: string): Expr {
  const graph = currentGraph();
  const full = `${op}|${key}|${args.map((a) => a.id).join(',')}`;
  const found = graph.nodes.get(full);
  if (found !== undefined) return found;
  const owner = attr !== null && 'scan' in attr ? (op === 'out' ? attr.scan.parent : attr.scan) : graph.root;
  const region = args.reduce<Region>((r, a) => deepest(r, a.region), owner);
  const made = new Expr(graph.nextId(), op, args, attr, region, isUniform(op, args, attr));
  graph.nodes.set(full, made);
  return made;
}

const leaf = (op: OpName, attr: Attr, key: string): Expr => node(op, [], attr, key);

function isUniform(op: OpName, args: readonly Expr[], attr: Attr): boolean {
  if (op === 'carry' || op === 'out') return false;
  if (attr !== null && 'buffer' in attr) return attr.buffer.kind === 'series';
  return args.every((a) => a.uniform);
}
