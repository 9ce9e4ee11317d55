/** The shipped configs of makers: they train as they are, from the command's own code. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { runEvaluate } from '../../src/app/index.js';
import { DRAWN_KINDS } from '../../src/cli/init.js';
import { steppedValue } from '../../src/makers/discrete.js';
import { steppedOptimum } from '../../src/makers/discrete-optimum.js';
import { stationarySlope } from '../../src/makers/riccati.js';
import { loadCheckpoint } from '../../src/train/checkpoint-file.js';
import { training } from '../app/setup.js';

interface Sourced {
  readonly sources: Readonly<Record<string, number>>;
  readonly figures: { readonly pnl: { readonly mean: number } };
}

const folder = mkdtempSync(join(tmpdir(), 'poolgrad-makers-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('the shipped configs', () => {
  it.each(
    DRAWN_KINDS.filter((kind) => kind.startsWith('maker')),
  )('%s trains, and every set comes nearer', async (kind) => {
    const out = join(folder, `${kind}.json`);
    const set = ['train.iterations=20', 'train.sets=1', 'run.device=wasm', 'run.threads=1'];
    await training({ config: `configs/${kind}.yaml`, out, set });
    const { state } = await loadCheckpoint(out);
    expect(state.best.validation).toBeGreaterThan(0);
    expect(readFileSync(out, 'utf8')).toContain('"maker"');
  });

  it('start from the closed form of their market, or flat where they say so', async () => {
    const startOf = async (set: readonly string[]) => {
      const out = join(folder, 'start.json');
      const { json } = await training({
        ...{ config: 'configs/maker.yaml', out },
        set: [...set, 'train.iterations=1', 'train.sets=1', 'run.device=wasm', 'run.threads=1'],
      });
      return (json as { start: Record<string, number[]> }).start;
    };
    const end = stationarySlope(1.5, 2, 0.02);
    const { 'maker.bid': bid, 'maker.ask': ask } = await startOf([]);
    expect(bid[8]).toBeCloseTo(0.5 + end, 12);
    expect(bid[10]).toBeCloseTo(0.5 + 5 * end, 12);
    expect(ask[9]).toBeCloseTo(0.5 - 3 * end, 12);
    expect((await startOf(['system.warmStart=no']))['maker.bid']).toEqual(new Array(16).fill(0.5));
    const given = await startOf(['system.bid=0.7', 'system.phi=0.04']);
    expect(given['maker.bid']).toEqual(new Array(16).fill(0.7));
    expect(given['maker.ask'][7]).toBeCloseTo(0.5 + stationarySlope(1.5, 2, 0.04), 12);
  });

  it('maker.yaml ends within 1e-5 of the best table', async () => {
    const out = join(folder, 'whole.json');
    const set = ['train.sets=1', 'run.device=wasm', 'run.threads=1'];
    await training({ config: 'configs/maker.yaml', out, set });
    const { state } = await loadCheckpoint(out);
    const [bid, ask] = [state.best.raw.slice(0, 16), state.best.raw.slice(16, 32)];
    const market = {
      ...{ qMin: -8, qMax: 8, dt: 0.1, thinning: 'poisson' as const, generator: [[0]] },
      states: [
        {
          ...{ lambdaBid: 1.5, lambdaAsk: 1.5, kappaBid: 2, kappaAsk: 2, phi: 0.02 },
          ...{ drift: 0, jumpBid: 0, jumpAsk: 0 },
        },
      ],
    };
    const best = steppedOptimum(market).value;
    const { value } = steppedValue(market, { bid: [[...bid, null]], ask: [[null, ...ask]] });
    expect((best - value) / best).toBeLessThan(1e-5);
  });

  it('evaluate shows it beside the optimum, the heuristic, the grid and a fixed offset', async () => {
    const out = join(folder, 'page.html');
    const checkpoint = join(folder, 'whole.json');
    const { text, json } = await runEvaluate({
      ...{ checkpoint, out, json: true, set: ['data.scenarios.test=12'], signal: new AbortController().signal },
    });
    expect(text).toMatch(/tuned +[\d.]+ ± [\d.]+ · 0\.4671 a second in the long run, [\d.]+ % below the best/);
    const { makers } = json as { makers: { policies: Record<string, { lasting: number | null }> } };
    expect(Object.keys(makers.policies)).toEqual(['tuned', 'before training', 'optimum', 'heuristic', 'grid', 'fixed']);
    expect(makers.policies.optimum.lasting).toBeCloseTo(0.46711502, 8);
    const page = readFileSync(out, 'utf8');
    expect(page).toContain('Quotes by inventory');
    for (const title of ['Beside other policies', 'Where the money came from', 'Fills by inventory']) {
      expect(page).toContain(title);
    }
    const { sources, figures } = (json as { makers: { policies: Record<string, Sourced> } }).makers.policies.tuned;
    const total = Object.values(sources).reduce((a, b) => a + b, 0);
    expect(total).toBeCloseTo(figures.pnl.mean, 9);
    expect(text).toMatch(/tuned made [\d.]+ = [\d.]+ spread/);
  });

  it('refuses a biased estimator in a line', async () => {
    const set = ['system.estimator=straight-through', 'train.iterations=2'];
    await expect(training({ config: 'configs/maker.yaml', out: join(folder, 'biased.json'), set })).rejects.toThrow(
      /an unbiased estimator was expected, got straight-through/,
    );
  });
});
