/** The map of the objective: the figures of roll-outs one by one, level by level. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { registry } from '../../kernels/index.js';
import type { Session } from '../../src/app/prepared.js';
import { openSession } from '../../src/app/session.js';
import { loadConfig } from '../../src/config/index.js';
import { type Level, levelsOf, type MapQuestion, type MapShare, mapOf } from '../../web/src/engine/grid.js';
import { endsOf, sharesWith, withShare } from '../../web/src/scale.js';

let session: Session;
beforeAll(async () => {
  const set = [
    'pool={kind: constant-weight, weights: {value: [0.6, 0.4], train: true}, fee: {value: 0.003, train: true}}',
    'train.windowDays=1',
    'split={train: 0.2, validation: 0.1, test: 0.7}',
  ];
  session = await openSession(await loadConfig('configs/constant-weight.yaml', registry, { set }), 'wasm');
});
afterAll(() => session.rollout.dispose());

const FEE = { column: 2, scale: 'raw', from: 0.0005, to: 0.02 } as const;
const WEIGHT = { column: 0, scale: 'value', from: 0.2, to: 0.8 } as const;

const question = (changes: Partial<MapQuestion> = {}): MapQuestion => ({
  x: FEE,
  y: WEIGHT,
  points: 9,
  on: 'training',
  through: null,
  ...changes,
});

/** The start values with another weight and fee. */
function setOf(weight: number, fee: number): Float64Array {
  const { layout } = session.rollout;
  return layout.raws({
    ...layout.values(session.initial),
    'constant-weight.weights': [weight, 1 - weight],
    'constant-weight.fee': [fee],
  });
}

async function mapped(asked: MapQuestion) {
  const told: (Level | MapShare)[] = [];
  const level = await mapOf(session, asked, new AbortController().signal, (t) => told.push(t));
  return { level: level as Level, levels: told.filter((t) => t.kind === 'level') };
}

describe('the map', () => {
  it('has the objective of each of its sets, as the roll-out gives it', async () => {
    for (const on of ['training', 'validation'] as const) {
      const { level } = await mapped(question({ on, points: 5 }));
      const { windows, windowRows } = session.windows[on]();
      for (let j = 0; j < 5; j++) {
        for (let i = 0; i < 5; i++) {
          const raw = setOf(level.y[j], level.x[i]);
          const [alone] = session.rollout.value(raw, windows, windowRows).objective;
          // values go through the transform and back
          expect(level.objective[j * 5 + i]).toBeCloseTo(alone, 12);
        }
      }
    }
  });

  it('becomes finer, and keeps what it has', async () => {
    const { level, levels } = await mapped(question());
    expect(levelsOf(33)).toEqual([5, 9, 17, 33]);
    expect(levels.map(({ points }) => points)).toEqual([5, 9]);
    expect(levels[1]).toEqual(level);
    for (let k = 0; k < 25; k++) {
      const [i, j] = [k % 5, Math.floor(k / 5)];
      expect(levels[0].objective[k]).toBe(level.objective[2 * j * 9 + 2 * i]);
    }
  });

  it('runs from one value to another, evenly in raw numbers or in values', async () => {
    const { level } = await mapped(question({ points: 5 }));
    const logit = (w: number) => Math.log(w / (1 - w));
    const steps = Array.from({ length: 4 }, (_, k) => logit(level.x[k + 1]) - logit(level.x[k]));
    for (const step of steps) expect(step).toBeCloseTo(steps[0], 10);
    expect(Array.from(level.y, (y) => Number(y.toPrecision(12)))).toEqual([0.2, 0.35, 0.5, 0.65, 0.8]);
    expect([level.x[0], level.x[4]].map((x) => Number(x.toPrecision(12)))).toEqual([0.0005, 0.02]);
    expect(level.at.map((x) => Number(x.toPrecision(12)))).toEqual([0.003, 0.6]);
  });

  it('goes through the set that it is given', async () => {
    const { level } = await mapped(question({ through: setOf(0.3, 0.001), points: 5 }));
    expect(level.at[1]).toBeCloseTo(0.3, 12);
  });

  it('is left where the signal is aborted', async () => {
    const abort = new AbortController();
    const told: (Level | MapShare)[] = [];
    const level = await mapOf(session, question(), abort.signal, (t) => {
      told.push(t);
      abort.abort();
    });
    expect(level).toBe(null);
    expect(told.length).toBeGreaterThan(0);
  });

  it('refuses what is no map', async () => {
    const refusal = (changes: Partial<MapQuestion>) =>
      mapOf(session, question(changes), new AbortController().signal, () => {}).catch((error: Error) => error.message);
    expect(await refusal({ y: FEE })).toMatch(/two different parameters were expected, got the same one twice/);
    expect(await refusal({ x: { ...WEIGHT, column: 1 } })).toMatch(/which add up to 1/);
    expect(await refusal({ x: { ...FEE, from: 0.02, to: 0.01 } })).toMatch(
      /the smaller first, were expected, got 0.02/,
    );
    expect(await refusal({ through: new Float64Array(7) })).toMatch(/a set of 6 parameters was expected, got 7/);
  });
});

describe('ends of numbers', () => {
  it('are found of more than a call takes arguments', () => {
    const values = Array.from({ length: 300_000 }, (_, i) => Math.sin(i) * 1e-3 + (i === 777 ? -1 : 0));
    expect(endsOf(values)[0]).toBe(values[777]);
    expect(endsOf(values)[1]).toBeCloseTo(1e-3, 9);
    expect(endsOf([])).toEqual([Infinity, -Infinity]);
  });
});

describe('shares', () => {
  it('keep their proportions beside one that is set', () => {
    expect(sharesWith([0.5, 0.25, 0.25], [[0, 0.2]])).toEqual([0.2, 0.4, 0.4]);
    const [a, b, c] = sharesWith(
      [0.5, 0.2, 0.3],
      [
        [0, 0.1],
        [1, 0.3],
      ],
    ) as number[];
    expect([a, b, Number(c.toPrecision(12))]).toEqual([0.1, 0.3, 0.6]);
  });

  it('are alike beside one that takes or leaves all', () => {
    expect(withShare([0.5, 0.25, 0.25], 0, 0.2)).toEqual([0.2, 0.4, 0.4]);
    expect(withShare([1, 0, 0], 0, 0.5)).toEqual([0.5, 0.25, 0.25]);
    expect(withShare([0.5, 0.25, 0.25], 0, 1)).toEqual([1, 0, 0]);
  });

  it('are none where nothing is left', () => {
    expect(
      sharesWith(
        [0.5, 0.25, 0.25],
        [
          [0, 0.6],
          [1, 0.5],
        ],
      ),
    ).toBe(null);
    expect(
      sharesWith(
        [0.5, 0.5],
        [
          [0, 0.6],
          [1, 0.4],
        ],
      ),
    ).toBe(null);
  });
});
