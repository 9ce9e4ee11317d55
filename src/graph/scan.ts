/** Floor 0. The scan as one writes it: a carry of any shape, a body, optional early exit. */
import { Expr, type Operand } from './expr.js';
import { buildScan } from './region.js';

/** A carry: a node, or arrays and records of them. */
export type Tree = Expr | readonly Tree[] | { readonly [key: string]: Tree };

/** A tree of the same shape; where a tuple stands, an array of as many will do (what `map` gives). */
export type Like<T extends Tree> = T extends Expr
  ? Expr
  : T extends readonly Tree[]
    ? readonly Like<T[number]>[]
    : { readonly [K in keyof T]: T[K] extends Tree ? Like<T[K]> : never };

export interface ScanSpec<T extends Tree> {
  readonly name?: string;
  /** Steps: a run-time integer. */
  readonly length: Operand;
  /** A bound on `length` known at the root; needed where `length` depends on an outer loop. */
  readonly bound?: Expr;
  readonly reverse?: boolean;
  readonly init: T;
  /** One step: the next carry from this one and the running index. May `emit`. */
  readonly body: (carry: T, t: Expr) => T | Like<T>;
  /** The loop may end when this mask of the *next* carry is false in every lane: then steps must change nothing. */
  readonly active?: (next: T, t: Expr) => Expr;
}

/** Runs `body` `length` times; gives the carry after the last step. */
export function scan<T extends Tree>(spec: ScanSpec<T>): T {
  const init = leaves(spec.init);
  const made = buildScan(spec, (s) => {
    const carry = rebuild(
      spec.init,
      init.map((e) => s.addCarry(e)),
    );
    const next = matching(spec.init, spec.body(carry, s.counter), s.name);
    next.forEach((e, i) => {
      s.next[i] = e;
    });
    if (spec.active !== undefined) s.active = spec.active(rebuild(spec.init, next), s.counter);
  });
  return rebuild(spec.init, made.outs);
}

function leaves(tree: Tree): Expr[] {
  if (tree instanceof Expr) return [tree];
  return Object.values(tree).flatMap((t: Tree) => leaves(t));
}

/** The leaves of `tree` in the order of `shape`: records are matched by key, whatever order they were written in. */
function matching(shape: Tree, tree: Tree | undefined, name: string): Expr[] {
  if (shape instanceof Expr) {
    if (tree instanceof Expr) return [tree];
  } else if (tree !== undefined && !(tree instanceof Expr)) {
    const wanted = Object.entries<Tree>(shape);
    const given = new Map(Object.entries<Tree>(tree));
    if (given.size === wanted.length) return wanted.flatMap(([key, part]) => matching(part, given.get(key), name));
  }
  throw new TypeError(
    `scan ${name}: the body was expected to give a carry shaped like init, ${describe(shape)}, got ${describe(tree)}`,
  );
}

function describe(tree: Tree | undefined): string {
  if (tree === undefined) return 'nothing';
  if (tree instanceof Expr) return 'a node';
  return Array.isArray(tree) ? `${tree.length} entries` : `{${Object.keys(tree).join(', ')}}`;
}

function rebuild<T extends Tree>(shape: T, flat: readonly Expr[]): T {
  let at = 0;
  const go = (t: Tree): Tree => {
    if (t instanceof Expr) return flat[at++];
    if (Array.isArray(t)) return t.map(go);
    return Object.fromEntries(Object.entries(t).map(([k, v]) => [k, go(v)]));
  };
  return go(shape) as T;
}
