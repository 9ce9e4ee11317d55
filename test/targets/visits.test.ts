/** Adjoints that go back from trade to trade: which ones do, and that no bit tells. */
import { describe, expect, it } from 'vitest';
import {
  adjoint,
  buffer,
  type Expr,
  emit,
  input,
  integer,
  load,
  type Program,
  type Strategy,
  scan,
  trace,
  verify,
  where,
} from '../../src/graph/index.js';
import { planned } from '../../src/targets/grouped/plan.js';
import { createNativeTarget } from '../../src/targets/native/index.js';
import { jobWords } from '../../src/targets/native/job.js';
import { groupFunction } from '../../src/targets/native/printer.js';
import { reference } from '../../src/targets/reference/index.js';
import type { Inputs, SynchronousTarget } from '../../src/targets/target.js';
import { wasm } from '../../src/targets/wasm/index.js';
import { agree, expectSameBits } from './agreement.js';
import { missing, ownCache } from './native-setup.js';
import { numbers } from './programs.js';

ownCache();

const PERIOD = 7;

/** What a pool does: where the price has left a band around x, x follows it, by a logarithm and an exponential. */
function traded(x: Expr, price: Expr, band: Expr): Expr {
  const up = band.mul(x).less(price);
  const above = x.add(where(up, x.mul(price.div(x.mul(band)).log().mul(0.7).exp().sub(1)), 0));
  const down = price.mul(band).less(above);
  return above.add(where(down, above.mul(price.mul(band).div(above).log().mul(0.7).expm1()), 0));
}

interface Shape {
  /** Steps apart from each other by loops of PERIOD steps around them. */
  readonly nested: boolean;
  /** Only epochs in which some lane is above 1 count: the others' steps run, but nothing flows back through them. */
  readonly counted?: boolean;
  /** Every step stores its x, so that each has a cotangent of its own. */
  readonly stored?: boolean;
}

const walk = ({ nested, counted = false, stored = false }: Shape): Program =>
  trace('walk', () => {
    const n = input('N');
    const first = input('first', 'window');
    const p = buffer('series', 'p', 1);
    const start = buffer('set', 'x', 2, { differentiable: true });
    const band = load(start, 1).exp().add(1);
    const path = buffer('output', 'path', 1, { rows: n });
    const step = (x: Expr, t: Expr) => {
      const next = traded(x, load(p, 0, t, first), band);
      if (stored) emit(path, 0, next, t);
      return next;
    };
    const seen = buffer('output', 'seen', 1, { rows: n });
    const over = (x: Expr) => scan({ name: 'epochs', length: n.add(PERIOD - 1).div(PERIOD), init: x, body: epoch });
    const epoch = (x: Expr, k: Expr) => {
      const before = k.mul(PERIOD);
      const length = n.sub(before).minimum(PERIOD);
      const end = scan({ length, bound: integer(PERIOD), init: x, body: (y, t) => step(y, before.add(t)) });
      emit(seen, 0, end.stopGradient(), k);
      return counted ? where(load(start, 0).less(x), end.sub(0.1), x.add(0.1)) : end.sub(0.01);
    };
    const end = nested ? over(load(start, 0)) : scan({ name: 'epochs', length: n, init: load(start, 0), body: step });
    // of |x| a cotangent is never −0, so that nothing tells whether 0 was added to it
    emit(buffer('output', 'loss', 1), 0, end.sub(0.5).abs());
  });

const derived = (program: Program, strategy: Strategy, stored = false): Program =>
  adjoint(program, {
    wrt: ['x'],
    seeds: { loss: 'one', ...(stored ? { path: 'one' as const } : {}) },
    strategy: { epochs: strategy },
  });

/** Prices that stay where they are but for a few jumps, so that most steps are quiet. */
function inputs(sets: number, N: number): Inputs {
  const noise = numbers(N + 5);
  const prices = noise.map((x, i) => 1 + 0.001 * Math.sign(x) + (i % 11 === 3 ? 0.4 * Math.tanh(x) : 0));
  const x = Float64Array.from({ length: 2 * sets }, (_, i) => (i < sets ? 1 + 0.03 * i : -2 - 0.2 * (i - sets)));
  return { sets, windows: 3, run: { N }, window: { first: Int32Array.of(0, 2, 5) }, buffers: { p: prices, x } };
}

const SHAPES: [string, Shape, boolean][] = [
  ['one loop', { nested: false }, true],
  ['a loop in a loop', { nested: true }, true],
  ['a loop in a loop, of which some steps count', { nested: true, counted: true }, true],
  ['a loop of which every step matters', { nested: false, stored: true }, false],
];

const targets: [string, SynchronousTarget | null][] = [
  ['wasm', wasm],
  ['native', missing === null ? createNativeTarget('now') : null],
];

describe.each(SHAPES)('%s', (_name, shape, isVisited) => {
  const program = walk(shape);
  const gradient = derived(program, 'storeNested', shape.stored);

  it(`is gone back through ${isVisited ? 'from trade to trade' : 'step by step'}`, () => {
    verify(gradient);
    const { all } = planned(gradient).visited;
    expect(all.map((v) => v.marks.length)).toEqual(isVisited ? [2] : []);
  });

  it('has the gradient that it has where everything is computed again', () => {
    const given = inputs(5, 40);
    const [kept, again] = [gradient, derived(program, 'storeAll', shape.stored)].map((p) =>
      reference.compile(p).run(given),
    );
    expectSameBits(kept, again);
    expect(Math.max(...kept['d.x'].map(Math.abs))).toBeGreaterThan(0.1);
  });

  it.each(targets)('has the bits of the reference on %s, whatever the width', (_target, target) => {
    if (target === null) return void console.warn(`visits: left out on native: ${missing}`);
    for (const sets of [1, 3, 8, 13]) {
      for (const N of [40, 1, 0, 29]) agree(target, gradient, inputs(sets, N), [1]);
    }
  });
});

describe('the memory of a list', () => {
  it('is that of a run before it: cells that no lane stored are not looked at', () => {
    const gradient = derived(walk({ nested: true }), 'storeNested');
    const given = inputs(5, 40);
    const broken = { ...given, buffers: { ...given.buffers, p: given.buffers.p.map(() => Number.NaN) } };
    const executable = wasm.compile(gradient, { threads: 1 });
    // fills the tapes with what is no number
    executable.run({ ...broken, buffers: { ...broken.buffers, x: new Float64Array(10).fill(Number.NaN) } });
    expectSameBits(executable.run(given), reference.compile(gradient).run(given));
    executable.dispose();
  });
});

it.skipIf(missing !== null)('native has the bits of wasm where rows of large tapes are fetched ahead', () => {
  const made = derived(walk({ nested: true }), 'storeNested');
  const plan = planned(made);
  expect(groupFunction(plan, jobWords(plan.plan.live), 1)).toMatch(
    /while \(noted.*\s+.*\s+if \(past\) \{\s+.*\s+fetch\(/,
  );
  for (const sets of [2, 4]) {
    const given = inputs(sets, 300_000);
    const wanted = wasm.compile(made, { threads: 1 }).run(given);
    expectSameBits(createNativeTarget('now').compile(made, { threads: 2 }).run(given), wanted);
    // of the start nothing is left after so many steps; the band has a gradient in every lane
    expect(new Set(wanted['d.x']).size).toBeGreaterThan(3 * sets);
  }
});
