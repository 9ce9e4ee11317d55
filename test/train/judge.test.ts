/** Sets that are trained in float32 and compared in float64: what is chosen, and the figures that are told of it. */
import { describe, expect, it } from 'vitest';
import type { Split } from '../../src/data/windows.js';
import { createPoolRollout } from '../../src/pools/rollout.js';
import { bySets } from '../../src/rollout/by-sets.js';
import { reference } from '../../src/targets/reference/index.js';
import { atOnce, toEnd } from '../../src/targets/resumable.js';
import { wasm } from '../../src/targets/wasm/index.js';
import type { TrainEvent } from '../../src/train/events.js';
import type { TrainableRollout } from '../../src/train/problem.js';
import { train } from '../../src/train/train.js';
import { rowWindows } from '../../src/train/windows.js';
import { objectives, pools, rawSets, rules, specOf, walk } from '../rollout/setup.js';
import { COLUMNS, fakeRollout, options, problem } from './fake.js';

/** Gradients that lead up, figures that say the opposite. */
function misleading(): TrainableRollout {
  const { layout, resumable } = fakeRollout();
  return {
    layout,
    resumable: {
      ...resumable,
      *value(...asked) {
        const found = yield* resumable.value(...asked);
        return { ...found, objective: found.objective.map((x) => -x), byWindow: found.byWindow.map((x) => -x) };
      },
      tally: () => atOnce(() => ({ ofTheOther: Float64Array.of(1) })),
    },
  };
}

describe('a judge', () => {
  it('chooses the best set in the place of the roll-out that is trained on', async () => {
    const guards = { maximumChange: 0.25 };
    const judge = fakeRollout({ guards });
    const got = await train(problem({ rollout: misleading(), judge }), options());
    const wanted = await train(problem({ rollout: fakeRollout({ guards }) }), options());
    expect(got.state).toEqual(wanted.state);
    expect(got.before).toBe(wanted.before);
    expect(got.guards).toEqual(wanted.guards);
    const misled = await train(problem({ rollout: misleading() }), options());
    expect(misled.state.best.iteration).toBeLessThan(got.state.best.iteration);
  });

  it('says what constraints came to, and what the start keeps of them', async () => {
    // each measures 1 more in one roll-out than in the other
    const measuring = (offset: number): TrainableRollout => {
      const { layout, resumable } = fakeRollout();
      const measured = (raw: Float64Array, windows: Int32Array) => {
        const sets = raw.length / COLUMNS;
        return Float64Array.from({ length: sets * windows.length }, (_, i) => offset + raw[i % sets]);
      };
      return {
        layout,
        resumable: {
          ...resumable,
          *value(raw, windows, rows) {
            return {
              ...(yield* resumable.value(raw, windows, rows)),
              measuresByWindow: measured(raw, windows),
            };
          },
          *gradient(raw, windows, rows) {
            return {
              ...(yield* resumable.gradient(raw, windows, rows)),
              measuresByWindow: measured(raw, windows),
            };
          },
        },
      };
    };
    const constraints = [{ name: 'first', kind: 'atMost', bound: 'start' } as const];
    const { constraints: told, state } = await train(
      problem({ rollout: measuring(1), judge: measuring(0), constraints }),
      options({ iterations: 2 }),
    );
    for (const held of [told[0].training, told[0].validation]) {
      expect(held.measure).toBeCloseTo(state.best.raw[0], 12);
      // of the start by the judge, which has 0 there
      expect(held.limit).toBe(0);
    }
  });
});

describe('training in float32', () => {
  const data = walk(2, 3000, 0.002);
  const spec = specOf(data, { pool: pools.tfmm, rule: rules.momentum, objective: objectives.returns });
  const rows = 201;
  const initial = rawSets(spec, { 'tfmm.fee': 0.003, 'momentum.memoryDays': 0.2, 'momentum.k': 20 });
  const split: Split = { train: [100, 2000], validation: [2000, 2500], test: [2500, 3000], burnIn: 100 };
  const windows = rowWindows(split, rows, 30);
  const validation = windows.validation();
  const inFloat32 = createPoolRollout(spec, data, reference, { precision: 'float32' });
  const inFloat64 = createPoolRollout(spec, data, wasm, { threads: 1 });
  const { columns } = inFloat64.layout;

  it('chooses and records as float64 does', async () => {
    const events: TrainEvent[] = [];
    const raws = new Map<number, Float64Array>();
    const { state, before } = await train(
      {
        ...{ rollout: inFloat32, judge: bySets(inFloat64, 2), windows, initial },
        trainable: new Uint8Array(columns).fill(1),
        bounds: { low: new Float64Array(columns).fill(-50), high: new Float64Array(columns).fill(50) },
        ...{ spread: 0.3, metric: 'returns' },
      },
      options({ sets: 5, windows: 2, iterations: 4, validateEvery: 1 }),
      {
        onEvent: (event) => events.push(event),
        onMeasured: (entry, raw) => raws.set(entry.iteration, raw.slice()),
      },
    );
    const exact = (raw: Float64Array) => inFloat64.value(raw, validation.windows, validation.windowRows).objective;
    const rounded = (raw: Float64Array) => inFloat32.value(raw, validation.windows, validation.windowRows).objective;
    expect(state.best.validation).toBe(exact(state.best.raw)[0]);
    expect(state.best.validation).not.toBe(rounded(state.best.raw)[0]);
    expect(before).toBe(exact(initial)[0]);
    const told = events.filter((event) => event.kind === 'validation');
    expect(told.length).toBe(5);
    for (const { iteration, set, validation: score } of told) {
      const raw = raws.get(iteration) as Float64Array;
      const all = exact(raw);
      expect(score).toBe(Math.max(...all));
      expect(set).toBe(all.indexOf(score));
    }
  });

  it.each([1, 2, 3, 5, 8])('compares the sets by %i at once, with the same bits', (count) => {
    const raw = rawSets(spec, { 'tfmm.fee': 0.003, 'momentum.memoryDays': 0.2, 'momentum.k': 20 }, 5);
    const slices = bySets(inFloat64, count).resumable;
    const asked = [raw, validation.windows, validation.windowRows] as const;
    expect(toEnd(slices.value(...asked))).toEqual(inFloat64.value(...asked));
    expect(toEnd(slices.tally(...asked))).toEqual(inFloat64.tally(...asked));
    const shares = [...slices.value(...asked)];
    expect(shares).toEqual([...shares].sort());
  });
});
