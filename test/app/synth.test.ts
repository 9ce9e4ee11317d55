/** Datasets drawn by a price generator that a YAML file names, and what is wrong with such a file, in one line. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { drawFromModel } from '../../src/app/synth.js';
import { UserError } from '../../src/errors.js';
import { drawn } from '../systems/draws.js';

const folder = mkdtempSync(join(tmpdir(), 'poolgrad-model-'));
afterAll(() => rmSync(folder, { recursive: true }));

const DAY = 86_400_000;

function drawOf(text: string, change: object = {}) {
  const path = join(folder, 'model.yaml');
  writeFileSync(path, text);
  const span = { assets: ['A', 'B'], days: 2, seed: 5, start: Date.UTC(2024, 0, 1), interval: 3_600_000 };
  return drawFromModel(path, { ...span, ...change });
}

describe('a dataset of a price generator', () => {
  it('steps by the interval asked for, from the draws of the seed', async () => {
    const { dataset, notes } = await drawOf('kind: gbm\nsigma: {A: 0.5, B: 1}\nmu: 0.1\nstart: [50, 2]\n');
    expect(notes).toEqual([]);
    expect([dataset.rows, dataset.interval, dataset.volume]).toEqual([48, 3_600_000, null]);
    const { normal } = drawn(5, 0, 47, 2);
    const dt = 3_600_000 / (365 * DAY);
    const logs = [50, 2].map(Math.log);
    for (let t = 0; t < 48; t++) {
      logs.forEach((x, i) => {
        const sigma = [0.5, 1][i];
        logs[i] = t === 0 ? x : x + (0.1 - sigma ** 2 / 2) * dt + sigma * Math.sqrt(dt) * normal(t - 1, i);
        // kept in float32
        expect(Math.abs(dataset.prices[2 * t + i] / Math.exp(logs[i]) - 1)).toBeLessThan(2 ** -24 + 1e-12);
      });
    }
    expect(JSON.parse(dataset.meta.model)).toMatchObject({ kind: 'gbm', sigma: { value: [0.5, 1] } });
  });

  it.each([
    'kind: ou\n',
    'kind: jump-diffusion\nintensity: 300\n',
    'kind: hamiltonian\npotential: anharmonic\nk4: 3\n',
    'kind: price-dynamics\n',
    'kind: gbm\nregimes: 3\nvarying: [sigma]\nsigma_2: 2\nfirstRegime: 1\n',
    'kind: hamiltonian\nregimes: 2\nk_0: 1\nk_1: 90\n',
  ])('of %j has the same numbers again from the same seed only', async (text) => {
    const [a, b, c] = [await drawOf(text), await drawOf(text), await drawOf(text, { seed: 6 })];
    expect(a.dataset.hash).toBe(b.dataset.hash);
    expect(a.dataset.hash).not.toBe(c.dataset.hash);
    expect(new Set(a.dataset.prices).size).toBeGreaterThan(80);
  });

  it('notes a step that is coarse', async () => {
    const { notes } = await drawOf('kind: hamiltonian\nk: 2e8\n', { interval: 3_600_000 });
    expect(notes).toEqual([expect.stringMatching(/^hamiltonian: k·dt² is 2\.6\d*: above 1/)]);
  });
});

describe('a file that is none is refused in one line', () => {
  it.each<[string, string | RegExp]>([
    ['- 1', 'model.yaml: expected a map with the kind of a price generator, got [1]; write kind: gbm'],
    [
      'kind: gmb',
      /^model.yaml: kind: expected gbm, ou, .* or the path of a model such as .*, got 'gmb'; did you mean 'gbm'\?$/,
    ],
    ['kind: constructor', /^model.yaml: kind: expected gbm, .* got 'constructor'; /],
    ['kind: gbm\nsigm: 1', /^model.yaml: .*sigm.*; did you mean 'sigma'\?$/],
    [
      'kind: gbm\nsigma: -1',
      /^model.yaml: sigma: expected a number from 0.000001 to 100 \(1\/√year\), got -1; volatility$/,
    ],
    ['kind: hamiltonian\npotential: cubic', /^model.yaml: potential: expected quadratic or anharmonic, got 'cubic'; /],
    ['kind: hamiltonian\nk4: 1', /^model.yaml: k4: expected potential: anharmonic with it, got potential: quadratic; /],
    [
      'kind: hamiltonian\nk: 1e9',
      /^hamiltonian: k·dt² below 4 was expected for a stable step, got 13\.\d*; take a shorter/,
    ],
    ['kind: gbm\nregimes: 1', /^model.yaml: regimes: expected a whole number from 2 to 16 \(hidden regimes\), got 1; /],
    ['kind: gbm\nvarying: [sigma]', 'model.yaml: varying: expected regimes with it, got none; add regimes: 2'],
    [
      'kind: ou\nregimes: 2',
      'model.yaml: regimes: expected varying with it, since ou has no parameter of one number, got 2 alone; add varying: [sigma]',
    ],
    ['kind: gbm\nregimes: 2\nvarying: [sigm]', /^model.yaml: varying\.?.*sigm.*did you mean 'sigma'\?$/],
    [
      'kind: ou\nof: level\nstart: 1\ntheta: -5\nkappa: 2000\n',
      /^synth: a price ran to -.*; change the model in model.yaml, or take fewer --days$/,
    ],
  ])('%j', async (text, message) => {
    const error = await drawOf(text).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(UserError);
    expect((error as Error).message).toMatch(message);
    expect((error as Error).message).not.toContain('\n');
  });

  it('a file that is not there, and a seed that is none', async () => {
    const span = { assets: ['A'], days: 2, seed: 5, start: 0, interval: 3_600_000 };
    await expect(drawFromModel(join(folder, 'no.yaml'), span)).rejects.toThrow(
      /^--model: expected a YAML file of a price generator, got .*no.yaml \(ENOENT\)$/,
    );
    await expect(drawOf('kind: gbm', { seed: -1 })).rejects.toThrow('synth: --seed expected an integer');
  });
});
