/** Floor 3. Tables read at an index that a program computes: entry by entry, or between entries. */
import { constant, type Expr, where } from '../../src/graph/index.js';
import { sum } from '../../src/rollout/functions.js';

/** Reads a table whose first entry is that of index `first`; beyond its ends the nearest entry. */
export type Read = (table: readonly Expr[], index: Expr, first: number) => Expr;

/** Of a whole index. No gradient with respect to it. */
export const at: Read = (table, index, first) => {
  const last = table.length - 1;
  if (index.constant !== undefined) return table[Math.min(Math.max(index.constant - first, 0), last)];
  return table.slice(0, last).reduceRight((later, x, k) => where(index.less(first + k + 0.5), x, later), table[last]);
};

/** Of any index, linear between entries, with a gradient. */
export const between: Read = (table, index, first) => {
  const last = table.length - 1;
  if (index.constant !== undefined && Number.isInteger(index.constant)) return at(table, index, first);
  const inside = index.sub(first).maximum(0).minimum(last);
  return sum(table.map((x, k) => x.mul(constant(1).sub(inside.sub(k).abs()).maximum(0))));
};
