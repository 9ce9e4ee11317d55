/** Files of cases that are none: one line that names the file, the case and the field; never an error of the program. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createDataset } from '../../src/data/dataset.js';
import { UserError } from '../../src/errors.js';
import { reference } from '../../src/targets/reference/index.js';
import { readCases } from '../../src/verify/cases.js';
import { verifyCases } from '../../src/verify/verify.js';

const folder = mkdtempSync(join(tmpdir(), 'poolgrad-cases-'));
afterAll(() => rmSync(folder, { recursive: true }));

const rows = 600;
const prices = createDataset({
  assets: ['A', 'B'],
  start: 0,
  interval: 60_000,
  rows,
  prices: Float64Array.from({ length: 2 * rows }, (_, i) => 100 + Math.sin(i / 7)),
  volume: null,
  meta: {},
});

const tfmm = {
  rule: 'momentum',
  assets: ['A', 'B'],
  rows,
  chunk_period: 60,
  weight_interpolation_period: 60,
  interpolation: 'linear',
  start_index: 60,
  bout_length: 300,
  maximum_change: 3e-4,
  minimum_weight: 0.05,
  max_memory_days: 5,
  initial_pool_value: 1e6,
  fee: 0,
  ste_max_change: false,
  ste_min_max_weight: false,
  params: { initial_weights_logits: [0, 0], logit_lamb: [1, 1], logit_delta_lamb: [0, 0], log_k: [1, 1] },
  rule_outputs_head: [[0, 0]],
  rule_outputs_tail: [[0, 0]],
  rule_outputs_sum_abs: 1,
  sample_index: [0],
  weights: [[0.5, 0.5]],
  reserves: [[1, 1]],
  value: [1e6],
  metrics: { returns: 0.1 },
  gradients: { returns: { log_k: [1, 1] } },
};
const arbitrage = { reserves: [25, 100], weights: [0.5, 0.5], prices: [4, 1], gamma: 1, delta: [0, 0], profit: 0 };

async function outcome(content: unknown): Promise<unknown> {
  const path = join(folder, 'c.json');
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  try {
    return verifyCases(await readCases(path), prices, reference);
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    const { message } = error as Error;
    expect(message).not.toContain('\n');
    return message.replaceAll(path, 'c.json');
  }
}

describe('a file of cases', () => {
  it.each<[string, unknown, RegExp]>([
    ['null', [null], /^verify: c.json, case 0: a map of fields was expected, got null; give a file of cases$/],
    ['numbers', [1], /case 0: a map of fields was expected, got 1; give/],
    ['lists', [[]], /case 0: a map of fields was expected, got \[\]; give/],
    ['text', '"x"', /^verify: a non-empty JSON array of cases was expected in c.json, got "x"; give a file of cases$/],
    [
      'lists within lists',
      `${'['.repeat(20_000)}${']'.repeat(20_000)}`,
      /case 0: a map of fields was expected, got parts within each other more than 100 deep; give/,
    ],
    ['nothing', [], /a non-empty JSON array of cases was expected in c.json, got \[\]; give/],
    ['no JSON', '[', /^verify: JSON was expected in c.json, got .*; give a file of cases$/],
    [
      'other maps',
      [{ a: 1 }],
      /cases with kind, rule \(TFMM\), gamma \(arbitrage\) or psi \(HMM\) were expected in c.json, got "a"/,
    ],
    ['null later', [arbitrage, null], /^verify: c.json, case 1: "a case": expected object, got null; mend the case$/],
    ['fewer weights', [{ ...arbitrage, weights: [1] }], /case 0: "weights": .*, got \[1\]; mend the case$/],
    [
      'more prices',
      [{ ...arbitrage, prices: [1, 2, 3] }],
      /"prices": expected 2 numbers, as of reserves, got \[1,2,3\]/,
    ],
    ['no reserves', [{ ...arbitrage, reserves: [] }], /"reserves": /],
    ['negative reserves', [{ ...arbitrage, reserves: [-1, 1] }], /"reserves.0": /],
    ['a fee of 3', [{ ...arbitrage, gamma: -2 }], /"gamma": /],
    [
      'a named kind without its figures',
      { cases: [{ id: 'a', kind: 'gbm', inputs: { s0: 'x' }, expected: {}, tolerance: 1e-9 }] },
      /^verify: a, inputs.s0: expected number, got "x"; mend the case$/,
    ],
    [
      'a named kind without a lane',
      {
        cases: [
          {
            id: 'a',
            kind: 'gbm',
            inputs: { s0: 1, mu: 0, sigma: 1, dt: 1, steps: 1, normals: 'normal' },
            expected: {},
            tolerance: 1e-9,
          },
        ],
      },
      /^verify: a, inputs.normals: expected a seed and a lane, such as "normal\(3, 1, t, 0\)", got "normal"; mend/,
    ],
    [
      'named kinds without a tolerance',
      { cases: [{ id: 'a', kind: 'gbm', inputs: {}, expected: {} }] },
      /case 0: "tolerance": expected number, got nothing; mend the case$/,
    ],
    ['no named cases', { cases: [] }, /a non-empty JSON array of cases was expected/],
    ['an hmm case cut short', [{ psi: 1 }], /case 0: "w": expected number, got nothing; mend the case$/],
  ])('of %s', async (_, content, message) => {
    expect(await outcome(content)).toMatch(message);
  });

  it.each<[keyof typeof tfmm, unknown]>([
    ['rule', 3],
    ['assets', ['A']],
    ['assets', ['A', 'C']],
    ['assets', ['A', 'A']],
    ['rows', -1],
    ['rows', 1e9],
    ['chunk_period', 0],
    ['chunk_period', -60],
    ['chunk_period', 1e300],
    ['chunk_period', 600],
    ['weight_interpolation_period', 61],
    ['start_index', -1],
    ['start_index', 0.5],
    ['start_index', 301],
    ['bout_length', 0],
    ['bout_length', 1e9],
    ['maximum_change', 0],
    ['minimum_weight', 0.5],
    ['max_memory_days', 0],
    ['initial_pool_value', 0],
    ['params', {}],
    ['params', { ...tfmm.params, log_k: [1] }],
    ['params', { initial_weights_logits: [0, 0, 0] }],
    ['sample_index', [300]],
    ['sample_index', [-1]],
    ['value', [null]],
    ['metrics', []],
    ['gradients', { returns: { sp_k: [1, 1] } }],
    ['gradients', { returns: 1 }],
  ])('whose %s is %j', async (field, value) => {
    expect(await outcome([{ ...tfmm, [field]: value }])).toMatch(/^(verify|assets): .*; /);
  });

  it('skips a kind that is not built in, though every object has it', async () => {
    const named = { id: 'a', inputs: {}, expected: {}, tolerance: 1e-9 };
    const reports = await outcome({
      cases: [
        { ...named, kind: 'toString' },
        { ...named, kind: 'no-such-kind' },
      ],
    });
    expect(reports).toMatchObject([
      { skipped: 'cases of the kind toString are not built in' },
      { name: 'a (no-such-kind)' },
    ]);
  });

  it.each<[string, object]>([
    ['a rule that every object has', { rule: 'constructor' }],
    ['a parameter that every object has', { params: { ...tfmm.params, constructor: [1, 1] } }],
    ['an interpolation that every object has', { interpolation: 'toString' }],
  ])('skips %s', async (_, changes) => {
    expect(await outcome([{ ...tfmm, ...changes }])).toMatchObject([
      { skipped: expect.stringMatching(/built in|is not read/) },
    ]);
  });

  it.each<[string, object]>([
    ['as it is meant', {}],
    ['with an objective that every object has', { gradients: { constructor: { log_k: [1, 1] } } }],
    ['with no samples', { sample_index: [], weights: [], reserves: [], value: [] }],
    ['with other samples', { weights: [], reserves: [[]] }],
  ])('compares one %s', async (_, changes) => {
    expect(await outcome([{ ...tfmm, ...changes }])).toMatchObject([{ skipped: null }]);
  });
});
