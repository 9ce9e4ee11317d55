/** Properties of the adjoint on random nested scans, and of the simplifier on random expressions. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { make, node } from '../../src/graph/expr.js';
import {
  type AdjointOptions,
  adjoint,
  buffer,
  type ComputedOp,
  type Expr,
  emit,
  load,
  ops,
  trace,
} from '../../src/graph/index.js';
import { reference } from '../../src/targets/reference/index.js';
import { checked, given, gradients } from './check.js';
import { nest, nestedProgram } from './random.js';

const point = [
  [0.62, 1.27],
  [-0.41, 0.83],
  [0.95, -0.73],
];

describe('adjoints of random nested scans', () => {
  it('agree with central differences', () => {
    fc.assert(
      fc.property(nest, (spec) => {
        const { gradient, difference } = gradients(nestedProgram(spec), given(point, { run: { N: spec.steps } }));
        gradient.forEach((g, i) => {
          expect(Math.abs(g - difference[i])).toBeLessThan(2e-5 * Math.max(1, Math.abs(difference[i])));
        });
      }),
      { numRuns: 40, seed: 20260712 },
    );
  });

  it('are the same stored whole, with loops inside, and in segments', () => {
    fc.assert(
      fc.property(nest, fc.integer({ min: 1, max: 10 }), (spec, k) => {
        const run = { N: spec.steps, segment_outer: k, segment_read: k };
        const options: AdjointOptions = { wrt: ['p'], seeds: { loss: 'one' } };
        const program = nestedProgram(spec);
        const of = (more: Partial<AdjointOptions>) =>
          reference.compile(checked(adjoint(program, { ...options, ...more }))).run(given(point, { run }))['d.p'];
        const whole = [...of({})];
        expect([...of({ strategy: { outer: 'storeNested', read: 'storeNested' } })]).toEqual(whole);
        [...of({ strategy: { outer: 'segments', read: 'segments' } })].forEach((g, i) => {
          expect(Math.abs(g - whole[i])).toBeLessThan(1e-11 * Math.max(1, ...whole.map(Math.abs)));
        });
      }),
      { numRuns: 15, seed: 20260713 },
    );
  });
});

/** A tree of ops over two variables and constants; types agree by construction. */
type Tree =
  | { readonly value: number }
  | { readonly variable: number }
  | { readonly op: ComputedOp; readonly args: readonly Tree[] };

const foldable = (Object.keys(ops) as ComputedOp[]).filter(
  (op) => ops[op].forward !== undefined && ops[op].args.length > 0,
);
const CONVERSIONS: readonly ComputedOp[] = ['float', 'int', 'mask'];
const by = (dtype: string) => foldable.filter((op) => ops[op].result === dtype && !CONVERSIONS.includes(op));

function treeOf(dtype: string, depth: number): fc.Arbitrary<Tree> {
  const special = dtype === 'f64' ? [0, 1, -1, 2.5, -0.5] : [0, 1, 2, 3];
  if (dtype === 'bool' || dtype === 'cond') {
    const truth: fc.Arbitrary<Tree> = fc.constantFrom(0, 1).map((value) => ({ value }));
    if (depth === 0) return truth;
    return fc.oneof(truth, ...by(dtype).map((op) => applied(op, depth)));
  }
  const leaf: fc.Arbitrary<Tree> = fc.oneof(
    fc.constantFrom(...special).map((value) => ({ value })),
    fc.nat(1).map((variable) => ({ variable })),
  );
  if (depth === 0) return leaf;
  const choices: ComputedOp[] = dtype === 'f64' ? [...by(dtype), 'where', 'choose'] : by(dtype);
  return fc.oneof(
    { weight: 2, arbitrary: leaf },
    ...choices.map((op) => ({ weight: 1, arbitrary: applied(op, depth) })),
  );
}

const applied = (op: ComputedOp, depth: number): fc.Arbitrary<Tree> =>
  fc.tuple(...ops[op].args.map((dtype) => treeOf(dtype, depth - 1))).map((args) => ({ op, args }));

/** The value of a tree by the op table alone; null where only the rule 0·x = 0 (or 0/x = 0) gives one. */
function evaluate(tree: Tree, variables: readonly number[]): number | null {
  if ('value' in tree) return tree.value;
  if ('variable' in tree) return variables[tree.variable];
  const args = tree.args.map((a) => evaluate(a, variables));
  if (args.some((a) => a === null || !Number.isFinite(a))) return null;
  const [x, y, z] = args as number[];
  if (tree.op === 'where' || tree.op === 'choose') return x ? y : z;
  if (tree.op === 'idiv' || tree.op === 'imod') return x < 0 || y <= 0 ? null : (ops[tree.op].forward?.(x, y) ?? null);
  return ops[tree.op].forward?.(...(args as number[])) ?? null;
}

describe('simplification', () => {
  /** The tree as nodes: by make (simplified, through the same path as the methods) or by node (as it stands). */
  const write = (tree: Tree, dtype: string, variables: readonly Expr[], apply: typeof plain): Expr => {
    if ('variable' in tree) return variables[tree.variable];
    if ('value' in tree) {
      const op = dtype === 'f64' ? 'const' : dtype === 'i32' ? 'iconst' : dtype === 'bool' ? 'bconst' : 'cconst';
      const key = op === 'bconst' || op === 'cconst' ? `${tree.value !== 0}` : `${tree.value}`;
      return node(op, [], { value: tree.value }, key);
    }
    return apply(
      tree.op,
      tree.args.map((a, i) => write(a, ops[(tree as { op: ComputedOp }).op].args[i], variables, apply)),
    );
  };
  const plain = (op: ComputedOp, args: Expr[]): Expr => node(op, args, null, '');

  it('keeps finite values to the bit, but for the sign of a zero', () => {
    fc.assert(
      fc.property(
        treeOf('f64', 4),
        fc.tuple(fc.double({ min: -4, max: 4, noNaN: true }), fc.double({ min: 0.1, max: 4, noNaN: true })),
        (tree, values) => {
          const expected = evaluate(tree, values);
          fc.pre(expected !== null && !usesIntegers(tree));
          const program = trace('both', () => {
            const p = buffer('set', 'p', 2);
            const variables = [load(p, 0), load(p, 1)];
            const y = buffer('output', 'y', 2);
            emit(y, 0, write(tree, 'f64', variables, plain));
            emit(
              y,
              1,
              write(tree, 'f64', variables, (op, args) => make(op, args)),
            );
          });
          // exp, log and expm1 of variables are lowered the same way in both
          const [unsimplified, simplified] = reference.compile(program).run(given(values.map((v) => [v]))).y;
          fc.pre(Number.isFinite(unsimplified));
          if (usesTranscendentals(tree))
            expect(Math.abs(simplified - unsimplified)).toBeLessThanOrEqual(
              1e-12 * Math.max(1, Math.abs(unsimplified)),
            );
          else expect(simplified + 0).toBe(unsimplified + 0);
        },
      ),
      { numRuns: 1500, seed: 20260714 },
    );
  });

  it('keeps integers and predicates', () => {
    fc.assert(
      fc.property(
        treeOf('i32', 4),
        fc.tuple(fc.integer({ min: -9, max: 9 }), fc.integer({ min: 1, max: 9 })),
        (tree, values) => {
          const expected = evaluate(tree, values);
          fc.pre(expected !== null);
          let got: number | undefined;
          trace('integers', () => {
            const variables = values.map((v) => node('iconst', [], { value: v }, `${v}`));
            got = write(tree, 'i32', variables, (op, args) => make(op, args)).constant;
          });
          expect((got as number) + 0).toBe((expected as number) + 0);
        },
      ),
      { numRuns: 500, seed: 20260715 },
    );
  });
});

const every = (tree: Tree, test: (op: ComputedOp) => boolean): boolean =>
  !('op' in tree) || (test(tree.op) && tree.args.every((a) => every(a, test)));
/** Integer variables are inputs, not loads: such trees are for the second test. */
const usesIntegers = (tree: Tree) => !every(tree, (op) => !ops[op].args.includes('i32'));
const usesTranscendentals = (tree: Tree) => !every(tree, (op) => !['exp', 'log', 'expm1'].includes(op));
