/** Random programs, and runs of them: exact targets are compared with the reference, bit for bit. */
import fc from 'fast-check';
import {
  buffer,
  draw,
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
import type { Inputs, SynchronousTarget } from '../../src/targets/target.js';
import { agree } from './agreement.js';

/** One instruction of a random program: an operation on values made before, counted from the last. */
interface Step {
  readonly op: number;
  readonly a: number;
  readonly b: number;
  readonly c: number;
}

/** What has been computed so far, by type. */
interface Values {
  readonly floats: Expr[];
  readonly masks: Expr[];
  readonly integers: Expr[];
  readonly conditions: Expr[];
}

const last = (list: readonly Expr[], back: number) => list[list.length - 1 - (back % list.length)];
const ROWS = 16;

type Maker = (v: Values, s: Step) => void;
const float =
  (f: (x: Expr, y: Expr, v: Values, s: Step) => Expr): Maker =>
  (v, s) =>
    v.floats.push(f(last(v.floats, s.a), last(v.floats, s.b), v, s));
const mask =
  (f: (x: Expr, y: Expr, v: Values, s: Step) => Expr): Maker =>
  (v, s) =>
    v.masks.push(f(last(v.floats, s.a), last(v.floats, s.b), v, s));
const whole =
  (f: (i: Expr, j: Expr) => Expr): Maker =>
  (v, s) =>
    v.integers.push(f(last(v.integers, s.a), last(v.integers, s.b)));
const uniform =
  (f: (i: Expr, j: Expr, v: Values, s: Step) => Expr): Maker =>
  (v, s) =>
    v.conditions.push(f(last(v.integers, s.a), last(v.integers, s.b), v, s));
const row = (i: Expr) => i.maximum(0).minimum(ROWS - 1);

const MAKERS: readonly Maker[] = [
  float((x, y) => x.add(y)),
  float((x, y) => x.sub(y)),
  float((x, y) => x.mul(y)),
  float((x, y) => x.div(y)),
  float((x) => x.neg()),
  float((x) => x.abs().sqrt()),
  float((x, y) => x.maximum(y)),
  float((x, y) => x.minimum(y)),
  float((x) => x.exp()),
  float((x) => x.log()),
  float((x) => x.expm1()),
  float((x, y, v, s) => where(last(v.masks, s.c), x, y)),
  float((x, y, v, s) => where(last(v.masks, s.c), x.mul(y).add(1).log().exp(), x)),
  float((x, y, v, s) => where(last(v.masks, s.c), y, x.add(y).abs().sqrt().div(3))),
  float((x, _y, v, s) => where(last(v.masks, s.c), x, 0)),
  float((x, _y, v, s) => where(last(v.masks, s.c), 0, x)),
  float((x, y, v, s) => where(last(v.conditions, s.c), x, y)),
  float((x, y, v, s) => where(last(v.conditions, s.c), x.sub(y).exp().log(), y)),
  float((_x, _y, v, s) => last(v.integers, s.a).float()),
  float((_x, _y, v, s) => draw(last(v.integers, s.a), last(v.integers, s.b), last(v.integers, s.c), 1)),
  mask((x, y) => x.less(y)),
  mask((x, y) => x.lessEqual(y)),
  mask((_x, _y, v, s) => last(v.masks, s.a).and(last(v.masks, s.b))),
  mask((_x, _y, v, s) => last(v.masks, s.a).or(last(v.masks, s.b))),
  mask((_x, _y, v, s) => last(v.masks, s.a).not()),
  mask((_x, _y, v, s) => last(v.conditions, s.c).mask()),
  whole((i, j) => i.add(j)),
  whole((i, j) => i.sub(j)),
  whole((i, j) => i.mul(j)),
  whole((i, j) => i.maximum(0).div(j.maximum(0))),
  whole((i, j) => i.maximum(0).mod(j.maximum(0))),
  whole((i, j) => i.minimum(j)),
  uniform((i, j) => i.less(j)),
  uniform((i, j) => i.equal(j)),
  uniform((_i, _j, v, s) => last(v.conditions, s.a).and(last(v.conditions, s.b))),
  uniform((_i, _j, v, s) => last(v.conditions, s.a).or(last(v.conditions, s.b).not())),
];

/** Values of a region, from those around it: what is made inside does not leak out. */
const within = (v: Values, floats: readonly Expr[], t: Expr): Values => ({
  floats: [...v.floats, ...floats],
  masks: [...v.masks],
  integers: [...v.integers, t],
  conditions: [...v.conditions, t.mod(3).equal(1)],
});

const run = (v: Values, steps: readonly Step[]) => {
  for (const s of steps) MAKERS[s.op % MAKERS.length](v, s);
};

/** before; N steps of (body; an inner scan; after) that fill a tape; a reverse scan over the tape; stores. */
function randomProgram(before: Step[], body: Step[], inner: Step[], back: Step[], reverse: boolean): Program {
  return trace('random', () => {
    const n = input('N');
    const [a, b] = [0, 1].map((c) => load(buffer('set', `set${c}`, 1), 0));
    const lane = load(buffer('lane', 'lane', 2), 1);
    const series = buffer('series', 'series', 2);
    const tape = buffer('tape', 'tape', 2, { rows: n });
    const out = buffer('output', 'out', 3, { rows: n });
    const first = input('first', 'window');
    const root: Values = {
      floats: [a, b, lane],
      masks: [a.less(b)],
      integers: [n, first, integer(3)],
      conditions: [first.less(4)],
    };
    run(root, before);
    const carried = scan({
      length: n,
      reverse,
      init: [last(root.floats, 0), a, b],
      body: (carry, t) => {
        const v = within(root, [...carry, load(series, 0, row(t), 0), load(series, 1, row(first.add(t)))], t);
        run(v, body);
        const length = last(v.integers, 1).maximum(0).minimum(3);
        const ends = scan({
          length,
          bound: integer(3),
          init: [last(v.floats, 0), last(v.floats, 2)],
          body: (c, j) => {
            const w = within(v, c, j);
            run(w, inner);
            return [last(w.floats, 0), last(w.floats, 1)];
          },
        });
        const u = within(v, ends, t);
        emit(tape, 0, last(u.floats, 0), t);
        emit(tape, 1, last(v.floats, 1), t);
        emit(out, 0, last(u.floats, 3), t, last(v.conditions, 0));
        return [last(u.floats, 0).mul(0.5), last(u.floats, 1), last(v.floats, 4)];
      },
    });
    const after = scan({
      length: n,
      reverse: true,
      init: carried,
      body: (carry, t) => {
        const v = within(root, [...carry, load(tape, 0, t), load(tape, 1, t)], t);
        run(v, back);
        emit(out, 1, last(v.floats, 0), t);
        return [last(v.floats, 0), last(v.floats, 1), last(v.floats, 3)];
      },
    });
    emit(out, 2, after[0].add(after[1]).add(after[2]));
  });
}

const step = fc.record({
  op: fc.nat({ max: MAKERS.length - 1 }),
  a: fc.nat({ max: 11 }),
  b: fc.nat({ max: 11 }),
  c: fc.nat({ max: 5 }),
});
const steps = (count: number) => fc.array(step, { maxLength: count });
const value = fc.oneof(fc.double({ min: -3, max: 3, noNaN: true }), fc.double());

export interface RandomRun {
  readonly program: Program;
  readonly inputs: Inputs;
}

/** A random program, and a run of it with such numbers. */
export const randomRun = (sets: number, numbers = value): fc.Arbitrary<RandomRun> =>
  fc
    .tuple(
      fc.tuple(steps(8), steps(25), steps(12), steps(25), fc.boolean()),
      fc.record({
        sets: fc.integer({ min: 1, max: sets }),
        windows: fc.integer({ min: 1, max: 3 }),
        N: fc.nat({ max: 9 }),
      }),
      fc.array(numbers, { minLength: 80, maxLength: 80 }),
    )
    .map(([[before, body, inner, back, reverse], { sets, windows, N }, values]) => {
      const some = (count: number, from: number) =>
        Float64Array.from({ length: count }, (_v, i) => values[(i * 3 + from) % values.length]);
      const inputs = {
        sets,
        windows,
        // the last store needs a row 0
        run: { N: N + 1 },
        window: { first: Int32Array.from({ length: windows }, (_v, w) => 5 * w) },
        buffers: {
          set0: some(sets, 0),
          set1: some(sets, 20),
          lane: some(2 * windows * sets, 40),
          series: some(2 * ROWS, 11),
        },
      };
      return { program: randomProgram(before, body, inner, back, reverse), inputs };
    });

/** So many random programs, each with a run of random numbers, on a target and on the reference. */
export function agreeOnRandomPrograms(target: SynchronousTarget, numRuns: number, sets = 5): void {
  const property = fc.property(randomRun(sets), ({ program, inputs }) => {
    agree(target, program, inputs, [1]);
  });
  fc.assert(property, { numRuns, seed: 7 });
}
