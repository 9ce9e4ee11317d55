/**
 * Floor 1. A function of expressions as a function of plain numbers: written once, run for one value or for a batch of them
 * on any target, with the same bits.
 */
import { buffer, Expr, emit, load, type Program, type Tree, trace } from '../graph/index.js';
import { reference } from './reference/index.js';
import type { SynchronousTarget } from './target.js';

/** Numbers by name, at any depth. */
export type Plain = number | { readonly [key: string]: Plain };

/** The same with expressions in place of numbers. */
export type Traced<P> = P extends number ? Expr : { readonly [K in keyof P]: Traced<P[K]> };

/** The same with numbers in place of expressions. */
export type Values<T> = T extends Expr ? number : { readonly [K in keyof T]: Values<T[K]> };

/** A compiled function, for batches. */
export interface Batch<I, O> {
  /** One result a row. */
  run(rows: readonly I[]): O[];
  dispose(): void;
}

export interface Lanewise<I, O> {
  /** Set inputs `in` [1][numbers of I][S] to `out` [1][numbers of O][1][S], a row a lane. */
  readonly program: Program;
  on(target: SynchronousTarget): Batch<I, O>;
  /** For one value, on the reference target. */
  of(value: I): O;
}

/**
 * @param example numbers in the shape of the argument; which ones does not matter
 * @param body gives records and arrays of f64 expressions
 */
export function lanewise<I extends Plain, O, R = Values<O>>(
  name: string,
  example: I,
  body: (x: Traced<I>) => O,
): Lanewise<I, R> {
  let held: { readonly program: Program; readonly shape: Tree } | null = null;
  // when somebody first asks: a module that has many of these is imported by all who need one
  const traced = () => {
    held ??= tracedOf(name, example, body);
    return held;
  };
  const on = (target: SynchronousTarget): Batch<I, R> => {
    const { program, shape } = traced();
    const executable = target.compile(program, { threads: 1 });
    return {
      run(rows) {
        const S = rows.length;
        const numbers = rows.map((row) => numbersOf(example, row));
        const columns = numbersOf(example, example).length;
        const given = new Float64Array(columns * S);
        numbers.forEach((row, s) => {
          row.forEach((x, c) => {
            given[c * S + s] = x;
          });
        });
        const { out } = executable.run({ sets: S, windows: 1, run: {}, window: {}, buffers: { in: given } });
        return rows.map((_, s) => {
          let column = 0;
          return fill(shape, () => out[column++ * S + s]) as R;
        });
      },
      dispose: () => executable.dispose(),
    };
  };
  let one: Batch<I, R> | null = null;
  return {
    get program() {
      return traced().program;
    },
    on,
    of(value) {
      one ??= on(reference);
      return one.run([value])[0];
    },
  };
}

function tracedOf<I extends Plain, O>(
  name: string,
  example: I,
  body: (x: Traced<I>) => O,
): { program: Program; shape: Tree } {
  let shape: Tree = [];
  const program = trace(name, () => {
    const given = buffer('set', 'in', numbersOf(example, example).length, { differentiable: true });
    let column = 0;
    shape = body(mapPlain(example, () => load(given, column++)) as Traced<I>) as Tree;
    const found = leavesOf(shape);
    const out = buffer('output', 'out', found.length);
    found.forEach((e, i) => {
      emit(out, i, e);
    });
  });
  return { program, shape };
}

/** The numbers of x in the order of the example; what the example does not have is left out. */
function numbersOf(example: Plain, x: Plain | undefined): number[] {
  if (typeof example === 'number') {
    if (typeof x === 'number') return [x];
    throw new TypeError(`a number was expected where the example has one, got ${typeof x}`);
  }
  const parts = typeof x === 'object' ? x : {};
  return Object.entries(example).flatMap(([key, part]) => numbersOf(part, parts[key]));
}

function mapPlain(x: Plain, leaf: () => Expr): Tree {
  if (typeof x === 'number') return leaf();
  return Object.fromEntries(Object.entries(x).map(([key, part]) => [key, mapPlain(part, leaf)]));
}

const leavesOf = (tree: Tree): Expr[] => (tree instanceof Expr ? [tree] : Object.values<Tree>(tree).flatMap(leavesOf));

/** Numbers in the shape of a tree, in the order of `leavesOf`. */
function fill(tree: Tree, next: () => number): unknown {
  if (tree instanceof Expr) return next();
  if (Array.isArray(tree)) return tree.map((part) => fill(part, next));
  return Object.fromEntries(Object.entries<Tree>(tree).map(([key, part]) => [key, fill(part, next)]));
}
