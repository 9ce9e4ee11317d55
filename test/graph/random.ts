/** Random programs for property tests: arbitraries of expressions, and of nested scans built from them. */
import fc from 'fast-check';
import {
  buffer,
  type Expr,
  emit,
  input,
  integer,
  load,
  type Program,
  scan,
  trace,
  where,
} from '../../src/graph/index.js';

/** A recipe of an expression over values that are known only when it is built. */
export type Recipe =
  | { readonly leaf: number }
  | { readonly number: number }
  | { readonly form: number; readonly parts: readonly Recipe[] };

/** Smooth forms that keep values within a few units, however deep they nest; the last two choose. */
const forms: readonly ((x: Expr, y: Expr, z: Expr) => Expr)[] = [
  (x, y) => x.add(y).mul(0.6),
  (x, y) => x.sub(y).mul(0.7),
  (x, y) => x.mul(y).div(x.square().add(1)),
  (x, y) => x.div(y.square().add(1)),
  (x) => x.square().neg().exp(),
  (x, y) => x.square().add(y.square()).add(1).log(),
  (x) => x.square().add(0.5).sqrt().mul(0.8),
  (x) => x.maximum(-3).minimum(3).mul(0.3).expm1(),
  (x, y) => x.abs().maximum(y).mul(0.5),
  // each arm is not finite where the other one is taken
  (x, y, z) => where(x.less(0.35), y.mul(0.9), x.sub(0.35).log().expm1().add(z).mul(0.5)),
  (x, y, z) => where(z.greater(0.2), x.add(z.sub(0.2).sqrt().log()).maximum(-3).minimum(3), y),
];

const { recipe } = fc.letrec<{ recipe: Recipe }>((tie) => ({
  recipe: fc.oneof(
    { maxDepth: 3, depthSize: 'medium' },
    fc.record({ leaf: fc.nat(30) }),
    fc.record({ number: fc.double({ min: -2, max: 2, noNaN: true }).map((v) => Math.round(v * 8) / 8) }),
    fc.record({ form: fc.nat(forms.length - 1), parts: fc.array(tie('recipe'), { minLength: 3, maxLength: 3 }) }),
  ),
}));

export { recipe };

/** The expression of a recipe over `scope`. */
export function build(r: Recipe, scope: readonly Expr[]): Expr {
  if ('leaf' in r) return scope[r.leaf % scope.length];
  if ('number' in r) return scope[0].mul(0.25).add(r.number);
  const [x, y, z] = r.parts.map((part) => build(part, scope));
  return forms[r.form](x, y, z);
}

export interface Nest {
  readonly outer: readonly [Recipe, Recipe];
  readonly inner: readonly [Recipe, Recipe];
  readonly hoisted: Recipe;
  readonly stored: Recipe;
  readonly reader: Recipe;
  readonly reverse: readonly [boolean, boolean];
  readonly chunk: number;
  readonly steps: number;
}

export const nest: fc.Arbitrary<Nest> = fc.record({
  outer: fc.tuple(recipe, recipe),
  inner: fc.tuple(recipe, recipe),
  hoisted: recipe,
  stored: recipe,
  reader: recipe,
  reverse: fc.tuple(fc.boolean(), fc.boolean()),
  chunk: fc.integer({ min: 1, max: 4 }),
  steps: fc.integer({ min: 1, max: 9 }),
});

/** Scan in scan in root: carries at both levels, closures from every level, a tape that a third scan reads. */
export function nestedProgram(spec: Nest): Program {
  return trace('random', () => {
    const p = buffer('set', 'p', 3, { differentiable: true });
    const scope = [0, 1, 2].map((i) => load(p, i));
    const hoisted = build(spec.hoisted, scope);
    const n = input('N');
    const tape = buffer('tape', 'samples', 1, { rows: n });
    const [a, b] = scan({
      name: 'outer',
      length: n.add(spec.chunk - 1).div(spec.chunk),
      init: [scope[0], scope[1]],
      reverse: spec.reverse[0],
      body: ([x, y], k) => {
        const start = k.mul(spec.chunk);
        const around = [x, y, hoisted, k.float().mul(0.1), ...scope];
        const closure = build(spec.outer[0], around);
        const { u } = scan({
          name: 'inner',
          length: n.sub(start).minimum(spec.chunk),
          bound: integer(spec.chunk),
          reverse: spec.reverse[1],
          init: { u: x, v: y },
          body: ({ u, v }, j) => {
            const inside = [u, v, closure, ...around];
            emit(tape, 0, build(spec.stored, inside), start.add(j));
            return { v: build(spec.inner[0], inside), u: build(spec.inner[1], inside) };
          },
        });
        return [build(spec.outer[1], [u, closure, ...around]), u.add(y).mul(0.5)];
      },
    });
    const read = scan({
      name: 'read',
      length: n,
      init: scope[2],
      body: (s, t) =>
        build(spec.reader, [s, load(tape, 0, t), ...scope])
          .add(s)
          .mul(0.5),
    });
    emit(buffer('output', 'loss', 1), 0, a.add(b.mul(0.5)).add(read).add(scope[0].add(scope[1]).add(scope[2])));
  });
}
