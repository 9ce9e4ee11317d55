/** The counts behind the floor: a warp in lockstep computes what the reference does, and what it executes is counted. */
import { describe, expect, it } from 'vitest';
import { issued, lanesTakingPart, slotsOf } from '../../bench/counts.js';
import { type Counted, countingTarget } from '../../bench/warp.js';
import {
  buffer,
  constant,
  type Expr,
  emit,
  input,
  load,
  type Program,
  scan,
  trace,
  where,
} from '../../src/graph/index.js';
import type { Inputs } from '../../src/targets/target.js';
import { agree } from '../targets/agreement.js';
import { SAMPLES, SAMPLES_F32 } from '../targets/programs.js';

describe.each([
  { precision: 'float64', samples: SAMPLES },
  { precision: 'float32', samples: SAMPLES_F32 },
] as const)('a warp in lockstep has the bits of the reference in $precision', ({ precision, samples }) => {
  it.each(samples)('$name', ({ program, runs }) => {
    for (const inputs of runs) agree(countingTarget(), program, inputs, [1], precision);
  });
});

function counted(program: Program, inputs: Pick<Inputs, 'sets' | 'run' | 'buffers'>): Counted {
  const target = countingTarget();
  target.compile(program).run({ windows: 1, window: {}, ...inputs });
  return target.programs[0];
}

const x = () => load(buffer('set', 'x', 1), 0);
const store = (value: Expr) => emit(buffer('output', 'y', 1), 0, value);
/** x⁹ by eight multiplications: enough work for a branch. */
const ninth = (v: Expr) => Array.from({ length: 8 }).reduce<Expr>((power) => power.mul(v), v);

describe('what a warp executes', () => {
  const sets = 96;
  /** Of each lane, x. */
  const given = (of: (lane: number) => number) => ({
    sets,
    buffers: { x: Float64Array.from({ length: sets }, (_, lane) => of(lane)) },
  });

  it('straight-line work, once', () => {
    const program = trace('straight', () => {
      const v = x();
      store(v.mul(3).add(1).div(v));
    });
    const c = counted(program, { ...given((lane) => 1 + lane), run: {} });
    expect(c.warps).toBe(3);
    expect(c.blocks.map((b) => [b.kind, b.executions, b.lanes])).toEqual([['root', 3, 96]]);
    // ×, +, and the 8 of a ÷; addresses and accesses of a load and a store
    expect(slotsOf(c)).toEqual({ double: 10, single: 1, special: 1, integer: 2, other: 7, bytes: 16, cached: 0 });
  });

  it('an arm, if one of its lanes takes it', () => {
    const program = trace('arm', () => {
      const v = x();
      store(where(v.less(0), ninth(v), 1));
    });
    // no lane of the first warp takes it, one of the second, all of the third
    const c = counted(program, { ...given((lane) => (lane === 40 || lane >= 64 ? -1 : 1)), run: {} });
    expect(c.blocks.map((b) => [b.kind, b.executions, b.lanes])).toEqual([
      ['root', 3, 96],
      ['arm', 2, 33],
    ]);
    // the comparison, and 8 products in two of three warps; the choice of two words
    const slots = slotsOf(c);
    expect(slots.double).toBeCloseTo(1 + (8 * 2) / 3, 12);
    expect(slots.integer).toBe(2);
    // a load, a store, the branch
    expect(slots.other).toBe(2 + 2 + 3);
    // of the root's 4 items all lanes, of the arm's 8 one lane and 32
    expect(lanesTakingPart([c])).toBeCloseTo((4 * 96 + 8 * 33) / (4 * 3 + 8 * 2), 12);
  });

  it('a loop, until the last of its lanes leaves it; an arm in it, in the steps in which a lane takes it', () => {
    const program = trace('loop', () => {
      // halved until it is at most 1; what is above 4 costs more
      const last = scan({
        name: 'halving',
        length: input('steps'),
        init: { x: x(), cost: constant(0) },
        body: (c) => {
          const half = c.x.mul(0.5);
          return { x: half, cost: c.cost.add(where(c.x.greater(4), ninth(half), 1)) };
        },
        active: (next) => next.x.greater(1),
      });
      store(last.x.add(last.cost));
    });
    // lanes 0 … 31 all 2: one step; lanes 32 … 63 2 but for one 16: four steps, of which two are above 4; the others 8
    const c = counted(program, {
      ...given((lane) => (lane < 32 ? 2 : lane === 50 ? 16 : lane < 64 ? 2 : 8)),
      run: { steps: 10 },
    });
    expect(c.clock).toEqual({ unit: 'steps', steps: 10 });
    expect(c.blocks.map((b) => [b.kind, b.executions, b.lanes])).toEqual([
      ['root', 3, 96],
      ['loop', 1 + 4 + 3, 32 + (32 + 1 + 1 + 1) + 3 * 32],
      ['arm', 0 + 2 + 1, 0 + 2 + 32],
    ]);
    // a step: the halving, the comparison with 4, the sum, the comparison with 1; of 3 warps, in 10 steps each
    expect(slotsOf(c).double).toBeCloseTo((3 * 1 + 8 * 4 + 3 * 8) / 30, 12);
  });

  it('no more steps than the loop has', () => {
    const program = trace('short', () =>
      store(scan({ name: 's', length: input('steps'), init: x(), body: (c) => c.add(1), active: (c) => c.less(9) })),
    );
    const c = counted(program, { ...given(() => 0), run: { steps: 4 } });
    expect(c.clock).toEqual({ unit: 'steps', steps: 4 });
    expect(c.blocks.map((b) => b.executions)).toEqual([3, 12]);
  });

  it('in float32, single units; series come from caches', () => {
    const program = trace('series', () => store(load(buffer('series', 'p', 1), 0, 1).mul(x())));
    const target = countingTarget();
    const inputs = { windows: 1, window: {}, ...given((lane) => lane), run: {} };
    target
      .compile(program, { precision: 'float32' })
      .run({ ...inputs, buffers: { ...inputs.buffers, p: Float64Array.of(1, 2) } });
    const slots = slotsOf(target.programs[0]);
    expect(slots).toEqual({ double: 0, single: 1, special: 0, integer: 0, other: 6, bytes: 8, cached: 1 });
    expect(issued(slots)).toBe(7);
  });
});
