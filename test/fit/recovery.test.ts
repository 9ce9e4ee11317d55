/**
 * A fit finds the parameters of each generator again, from ten years of days or from 90 days of minutes drawn by it: every
 * estimate within three of its standard errors. Seeds were fixed before the first run.
 */
import { describe, expect, it } from 'vitest';
import { fitByLikelihood } from '../../src/fit/likelihood.js';
import { wasm } from '../../src/targets/wasm/index.js';
import { DAY, type Document, MINUTE, questionOf, type Walk, walk } from './setup.js';

const SEEDS = [1, 2, 3];
const YEARS: Omit<Walk, 'seed' | 'assets'> = { interval: DAY, rows: 3651 };
const MINUTES: Omit<Walk, 'seed' | 'assets'> = { interval: MINUTE, rows: 90 * 1440 + 1 };

/** The generator that draws, and what a fit is told of it: all but the values. */
const CASES: readonly [string, Document, Document, readonly string[], Omit<Walk, 'seed' | 'assets'>][] = [
  ['gbm', { kind: 'gbm', mu: [0.1, -0.2], sigma: [0.5, 0.9], correlation: [0.6] }, { kind: 'gbm' }, ['A', 'B'], YEARS],
  ['gbm, minutes', { kind: 'gbm', mu: 0.3, sigma: 0.7 }, { kind: 'gbm' }, ['A'], MINUTES],
  ['ou', { kind: 'ou', kappa: 6, theta: 120, sigma: 0.8 }, { kind: 'ou' }, ['A'], YEARS],
  [
    'ou of prices',
    { kind: 'ou', of: 'level', kappa: 5, theta: 100, sigma: 40 },
    { kind: 'ou', of: 'level' },
    ['A'],
    YEARS,
  ],
  [
    'jump-diffusion',
    { kind: 'jump-diffusion', mu: 0.1, sigma: 0.4, intensity: 20, jumpMean: -0.03, jumpSd: 0.12 },
    { kind: 'jump-diffusion' },
    ['A'],
    YEARS,
  ],
  [
    'hamiltonian',
    { kind: 'hamiltonian', k: 60, friction: 5, temperature: 3 },
    { kind: 'hamiltonian' },
    ['A', 'B'],
    YEARS,
  ],
  [
    'hamiltonian, anharmonic',
    { kind: 'hamiltonian', potential: 'anharmonic', k2: 30, k4: 200, friction: 6, temperature: 4 },
    { kind: 'hamiltonian', potential: 'anharmonic' },
    ['A'],
    YEARS,
  ],
  [
    'hamiltonian, a double well of one’s own',
    { kind: 'hamiltonian', potential: 'height*(q^2 - wide)^2', height: 40, wide: 0.3, friction: 10, temperature: 3 },
    { kind: 'hamiltonian', potential: 'height*(q^2 - wide)^2', height: 20, wide: 0.2 },
    ['A'],
    YEARS,
  ],
  [
    'hamiltonian, kicks',
    { kind: 'hamiltonian', noise: 'kicks', k: 60, friction: 5, kick: 20 },
    { kind: 'hamiltonian', noise: 'kicks' },
    ['A', 'B'],
    YEARS,
  ],
  [
    'price-dynamics',
    { kind: 'price-dynamics', base: 100, volatility: 300, meanReversion: 40, friction: 6 },
    { kind: 'price-dynamics' },
    ['A'],
    YEARS,
  ],
  [
    'price-dynamics as printed',
    { kind: 'price-dynamics', form: 'printed', base: 100, volatility: 60000, meanReversion: 40 },
    { kind: 'price-dynamics', form: 'printed' },
    ['A'],
    YEARS,
  ],
  [
    'gbm with regimes',
    {
      kind: 'gbm',
      regimes: 2,
      varying: ['mu', 'sigma'],
      mu_0: 0.3,
      mu_1: -0.4,
      sigma_0: 0.35,
      sigma_1: 1.1,
      logit_0_1: -4,
      logit_0_0: 0,
      logit_1_0: -3,
      logit_1_1: 0,
    },
    { kind: 'gbm', regimes: 2, varying: ['mu', 'sigma'] },
    ['A'],
    YEARS,
  ],
  [
    'hamiltonian with regimes',
    {
      kind: 'hamiltonian',
      regimes: 2,
      varying: ['k', 'temperature'],
      k_0: 40,
      k_1: 120,
      temperature_0: 1,
      temperature_1: 9,
      friction: 5,
      logit_0_1: -3.5,
      logit_0_0: 0,
      logit_1_0: -3,
      logit_1_1: 0,
    },
    { kind: 'hamiltonian', regimes: 2, varying: ['k', 'temperature'] },
    ['A'],
    YEARS,
  ],
];

describe.each(CASES)('%s', (_, truth, asked, assets, span) => {
  it.each(SEEDS)('is found again, seed %d', (seed) => {
    const w = { ...span, assets, seed };
    const { prices } = walk(truth, w);
    const drawn = questionOf(truth, w, prices);
    const result = fitByLikelihood(questionOf(asked, w, prices, Object.keys(asked)), {
      target: wasm,
      threads: 1,
      iterations: 100,
    });
    expect(result.notes).toEqual([]);
    const wanted = (name: string, label: string) => {
      const { value } = drawn.generator.parameters[name];
      return value[Math.max(0, assets.indexOf(label))];
    };
    const fitted = result.estimates.filter((e) => e.fitted && !e.name.startsWith('logit'));
    expect(fitted.length).toBeGreaterThan(0);
    for (const { name, label, value, error } of fitted) {
      expect(Math.abs(value - wanted(name, label)), `${name} ${label} ${value} ± ${error}`).toBeLessThan(
        3 * (error ?? 0),
      );
    }
    if (result.chain === null) return;
    const rows = [0, 1].map((i) => [0, 1].map((j) => Math.exp(wanted(`logit_${i}_${j}`, ''))));
    rows.forEach((row, i) => {
      const stays = row[i] / (row[0] + row[1]);
      const { transition, errors } = result.chain as NonNullable<typeof result.chain>;
      expect(Math.abs(transition[i][i] - stays), `stays in ${i}`).toBeLessThan(3 * (errors[i][i] ?? 0));
    });
  });
});
