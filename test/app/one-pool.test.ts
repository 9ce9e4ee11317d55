/** One pool, one number: what `evaluate`, `export` and `simulate` say of the test split is the same. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { draw } from '../../src/targets/runtime.js';
import { jobs } from './jobs.js';

const DAYS = 20;

/** A seeded walk of prices by the minute. */
function walk(lane: number): (t: number) => number {
  const logs = new Float64Array(DAYS * 1440);
  for (let t = 1; t < logs.length; t++) logs[t] = logs[t - 1] + 2e-3 * (draw(5, lane, t, 0) - 0.5);
  return (t) => 100 * Math.exp(logs[t]);
}

const train = { sets: 2, windows: 2, windowDays: 3, iterations: 2 };
const flow = { kind: 'elastic', v0: 0.0005 };
const split = { burnInDays: 1 };

interface Exported {
  readonly loss: { readonly metric: string; readonly objective: number; readonly quantised: number };
}

describe.each([
  ['a rule', { pool: { kind: 'tfmm', fee: 0.003 }, rule: 'momentum' }, 0],
  // a gate smooths scores in training: a path knows none
  ['no rule', { pool: { kind: 'reclamm', shiftGate: 0.5, priceRatio: 1.3 } }, 2],
  ['no rule and a range', { pool: { kind: 'concentrated-range', priceRatio: 1.1 } }, 2],
] as const)('a pool with %s', async (name, models, restarts) => {
  const {
    train: run,
    evaluate,
    export: write,
    simulate,
    checkpoint,
    file,
  } = await jobs(name.replaceAll(' ', '-'), { A: walk(1), B: walk(2) }, DAYS);

  it('has one figure', async () => {
    await run({ ...models, flow, split, train, objective: 'returns' });
    const { json: evaluated } = await evaluate();
    const { json: exported } = await write('json');
    const { json: simulated } = (await simulate(checkpoint)) as { json: { end: number; restarts: string[] } };
    const { loss } = exported as Exported;
    const headline = evaluated.headline.value as number;
    expect(loss).toMatchObject({ metric: 'returns', objective: headline, quantised: headline });
    const lines = readFileSync(file('path.csv'), 'utf8').trim().split('\n');
    const column = lines[0].split(',').indexOf('value');
    const values = lines.slice(1).map((line) => Number(line.split(',')[column]));
    const { train: from, test } = evaluated.splits;
    const [first, last] = [test.rows[0], test.rows[1] - 1].map((row) => values[row - from.rows[0]]);
    expect(last / first - 1).toBe(headline);
    expect(simulated.restarts).toHaveLength(restarts);
    // the chart's line ends where the simulated path ends
    expect(values.at(-1)).toBe(simulated.end);
    expect(values).toHaveLength(test.rows[1] - from.rows[0]);
  });

  it('is sampled as it is recorded, and may run through', async () => {
    const rows = async (every: number) => {
      await simulate(checkpoint, every);
      return readFileSync(file('path.csv'), 'utf8').trim().split('\n').slice(1);
    };
    const minutes = await rows(1);
    expect(await rows(70)).toEqual(minutes.filter((_, i) => i % 70 === 0));
    const { json } = await simulate(checkpoint, 60, true);
    expect(json).toMatchObject({ restarts: [] });
  });
});
