/** Numbers too small for fixed point: each of which few digits are kept is told of, and its cost is simulated. */
import { describe, expect, it } from 'vitest';
import { digitWarnings } from '../../src/export/digits.js';
import { toFixedPoint } from '../../src/export/fixed-point.js';
import { draw } from '../../src/targets/runtime.js';
import { jobs } from '../app/jobs.js';

describe('digits', () => {
  const of = (x: number) => digitWarnings([['x', x, toFixedPoint(x)]]);

  it('are counted, and what is lost is measured', () => {
    expect(of(9.9924e-15)).toEqual([
      'x keeps 4 digits: 9.9924e-15 is stored as 9992 steps of 1e-18, and 0.0040 % of it is lost; choose a larger unit',
    ]);
    expect(of(-2.4e-18)[0]).toContain('keeps 1 digit: ');
    expect(of(4e-19)[0]).toContain('keeps 0 digits');
    expect(of(4e-19)[0]).toContain('100 % of it is lost');
  });

  it('are enough from six on, and where nothing is lost', () => {
    for (const x of [0, 1.00000049e-13, 3e-15, 1e-18, 0.1, -1 / 3, 1e20]) expect(of(x)).toEqual([]);
  });
});

const DAYS = 30;
/** A price that walks about `scale`. */
function walk(scale: number, lane: number): (t: number) => number {
  const logs = new Float64Array(DAYS * 1440);
  for (let t = 1; t < logs.length; t++) logs[t] = logs[t - 1] + 3e-3 * (draw(6, lane, t, 0) - 0.5);
  return (t) => scale * Math.exp(logs[t]);
}

interface Exported {
  readonly warnings: readonly string[];
  readonly loss: { readonly lossBps: number };
}

describe.each([
  ['a coin of 1e-14', 1e-14, ['_initialMovingAverages of T', '_initialIntermediateValues of T']],
  ['a coin of 1', 1, []],
] as const)('the estimator of %s', async (name, scale, told) => {
  const { train, export: write } = await jobs(name.replaceAll(' ', '-'), { T: walk(scale, 1), B: walk(3e3, 2) }, DAYS);

  it('is told of on the way to the chain, and costs what it costs', async () => {
    await train({
      pool: { kind: 'tfmm', fee: 0.003 },
      rule: 'momentum',
      split: { burnInDays: 5 },
      train: { sets: 1, windows: 1, windowDays: 5, iterations: 1 },
    });
    const { json, text } = (await write('quantamm')) as { json: Exported; text: string };
    const few = json.warnings.filter((w) => w.includes('digit'));
    expect(few.map((w) => w.split(' keeps')[0])).toEqual(told);
    for (const warning of few) expect(text).toContain(`warning: ${warning}`);
    const lost = Math.abs(json.loss.lossBps);
    if (told.length > 0) expect(lost).toBeGreaterThan(1e-4);
    else expect(lost).toBeLessThan(1e-6);
  });
});
