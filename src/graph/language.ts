/** Floor 0. The words of the language that are no methods of a node: choices, draws, and what is read from outside. */
import { type Buffer, checkTypes, type Expr, type InputRef, leaf, lift, make, node, type Operand } from './expr.js';

/** A truth value: cond (uniform) or bool (mask). */
export const truth = (value: boolean, dtype: 'cond' | 'bool' = 'cond'): Expr =>
  leaf(dtype === 'cond' ? 'cconst' : 'bconst', { value: Number(value) }, `${value}`);

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
