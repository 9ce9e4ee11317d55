/** A trained maker beside its rivals: the same draws, figures that plain numbers know, rivals that are what they are called. */
import { describe, expect, it } from 'vitest';
import { maker } from '../../kernels/makers/maker.js';
import { makerObjective } from '../../kernels/makers/objectives.js';
import { gbm } from '../../kernels/prices/gbm.js';
import { compareMakers } from '../../src/evaluate/makers/compare.js';
import { SOURCES } from '../../src/evaluate/makers/figures.js';
import { optimumOf } from '../../src/evaluate/makers/rivals.js';
import { createRollout } from '../../src/rollout/compiled.js';
import { completeSpec, type RolloutSpec } from '../../src/rollout/spec.js';
import { toEnd } from '../../src/targets/resumable.js';
import { wasm } from '../../src/targets/wasm/index.js';
import { scenarios, valuesOf } from './setup.js';

const spec = completeSpec({
  assets: ['A'],
  clock: { interval: 100 },
  source: { kind: 'drawn', model: gbm, settings: {}, seed: 3 },
  system: maker,
  objective: makerObjective,
  penalties: [],
  settings: { qMin: -4, qMax: 4 },
} satisfies RolloutSpec);

describe('a maker beside its rivals', () => {
  const base = createRollout(spec, null, wasm, { threads: 1 });
  const market = { lambdaBid: [1.5], lambdaAsk: [1.5], kappaBid: [2], kappaAsk: [2], phi: [0.02] };
  const best = optimumOf(spec.settings, market, 0.1);
  const there = (row: readonly (number | null)[] = []) => row.filter((x) => x !== null);
  const raw = base.layout.raws({
    ...valuesOf({ ...market, bid: there(best?.bid[0]), ask: there(best?.ask[0]) }),
    // prices that move about as much as an offset in a fill's time
    'gbm.sigma': [20],
  });
  const asked = { spec, data: null, target: wasm, options: { threads: 1 }, raw, initial: base.layout.raws({}) };
  const { rows, fills } = toEnd(compareMakers({ ...asked, windows: scenarios(40), windowRows: 301 }));
  const of = (name: string) => {
    const row = rows.find((r) => r.name === name);
    if (row === undefined) throw new Error(`no row ${name}`);
    return row;
  };
  base.dispose();

  it('shows the same quotes and money where it quotes as the best does', () => {
    expect(rows.map((r) => r.name)).toEqual(['tuned', 'before training', 'optimum', 'heuristic', 'grid', 'fixed']);
    expect(of('optimum').figures).toEqual(of('tuned').figures);
    expect(of('optimum').behind).toEqual({ mean: 0, standardError: 0 });
    expect(of('tuned').behind).toBeNull();
  });

  it('says what tables are worth in the long run', () => {
    expect(of('tuned').lasting).toBeGreaterThan(of('fixed').lasting as number);
    expect(of('optimum').lasting).toBe(of('tuned').lasting);
    // takers follow no table
    expect(of('heuristic').lasting).toBeNull();
  });

  it('knows every metric with its standard error, and how often quotes filled beside how often they should have', () => {
    for (const { figures } of rows) {
      const { pnl, spreadCaptured, takerCost, inventoryPnl, fillGap, objective } = figures;
      const sum = (spreadCaptured?.mean ?? 0) - (takerCost?.mean ?? 0) + (inventoryPnl?.mean ?? 0);
      expect(pnl?.mean).toBeCloseTo(sum, 8);
      const sources = SOURCES.reduce((total, { figure, sign }) => total + sign * (figures[figure]?.mean ?? 0), 0);
      expect(pnl?.mean).toBeCloseTo(sources, 8);
      expect(Math.abs(fillGap?.mean ?? 1)).toBeLessThan(4 * (fillGap?.standardError ?? 0));
      expect(objective?.mean).toBeLessThanOrEqual(pnl?.mean ?? 0);
    }
    // quotes that ignore the inventory let it run
    expect(of('fixed').figures.meanAbsQ?.mean).toBeGreaterThan(of('tuned').figures.meanAbsQ?.mean ?? 0);
    expect(of('fixed').behind?.mean).toBeGreaterThan(0);
  });

  it('counts fills by inventory, as often as the quotes should have had', () => {
    const told = rows.length > 0 ? fills.filter((f) => f.expected * f.seconds > 20) : [];
    expect(told.length).toBeGreaterThan(6);
    for (const { seen, expected, seconds } of told) {
      expect(Math.abs(seen - expected) * seconds).toBeLessThan(4.5 * Math.sqrt(expected * seconds));
    }
  });

  it('has the framework’s own rivals: a grid without mark to market, a heuristic that skews', () => {
    const { bid, ask } = of('grid').quotes;
    // V is that of never trading again: with S below φτ = 1728 it quotes as wide as it can with nothing in hand
    expect(there(bid[0])[4]).toBeCloseTo(1.5 * 0.5, 12);
    expect(there(ask[0])[3]).toBeCloseTo(1.5 * 0.5, 12);
    const skewed = there(of('heuristic').quotes.bid[0]);
    expect(skewed[6]).toBeGreaterThan(skewed[4]);
  });
});
