/** The thread that validates in the background, from the build: a worker is started from a file of its own. */
import { existsSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import {
  defaultTuning,
  defaultComponents as hjb,
  defaultValueFunction as value,
} from '../../kernels/makers/seed/index.js';
import type { BackgroundReport, validateInBackground } from '../../src/live/maker/background.js';
import { validate } from '../../src/live/maker/validate.js';

const built = 'dist/src/live/maker/background.js';
if (!existsSync(built)) console.warn(`background validation: skipped, ${built} is not built`);

const options = { hjb, value, baseBps: 10, maxInventory: 10, tuning: defaultTuning };
const market = (inventory: number) => ({
  midPrice: 100,
  inventory,
  adverseSelection: 0.2,
  spreadBps: 10,
  imbalance: 0.6,
});

describe.skipIf(!existsSync(built))('background validation', () => {
  it('reports what validation in the caller finds, the newest state first, and tunes as it goes', async () => {
    const start: typeof validateInBackground = (await import(pathToFileURL(built).href)).validateInBackground;
    const reports: BackgroundReport[] = [];
    const errors: Error[] = [];
    const background = start({
      ...options,
      tunes: true,
      onReport: (r) => reports.push(r),
      onError: (e) => errors.push(e),
    });
    for (const q of [3, 4, 5, 6]) background.submit(market(q));
    await background.idle();
    expect(errors).toEqual([]);
    expect(reports.map((r) => [r.state.inventory, r.passedOver])).toEqual([
      [3, 2],
      [6, 0],
    ]);
    expect(reports[0]).toMatchObject(validate({ ...options, state: market(3) }));
    expect(reports[1]).toMatchObject(validate({ ...options, state: market(6), tuning: reports[0].tuning }));
    expect(reports[0].tuning.skew).not.toBe(defaultTuning.skew);
    expect(reports[0].tuner?.never).toContain('ema');
    await background.close();
    await background.idle();
  });
  it('says what went wrong in the thread', async () => {
    const start: typeof validateInBackground = (await import(pathToFileURL(built).href)).validateInBackground;
    const error = await new Promise<Error>((fail) => {
      const background = start({ ...options, onReport: () => {}, onError: fail });
      background.submit({ ...market(1), midPrice: undefined as never });
    });
    expect(error.message).toContain('a number was expected');
  });
});
