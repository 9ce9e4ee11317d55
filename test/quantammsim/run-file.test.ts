/** What a result file means: settings, the entry taken, raw parameters; and what is refused or noted by name. */
import { describe, expect, it } from 'vitest';
import { registry } from '../../kernels/index.js';
import { poolLayout } from '../../src/pools/rollout.js';
import { chooseEntry, rawOfEntry } from '../../src/quantammsim/entry.js';
import { readFingerprint } from '../../src/quantammsim/fingerprint.js';
import type { Fields } from '../../src/quantammsim/run-file.js';
import { entries, fingerprint, runFile } from './setup.js';

const read = (change: Fields = {}) => readFingerprint({ ...fingerprint, ...change }, 'run.json');

const layout = (rule: string) =>
  poolLayout({
    pool: registry.pools.tfmm,
    rule: registry.rules[rule],
    flow: null,
    assets: ['B', 'A'],
    settings: { chunkPeriod: 1440, maxMemoryDays: 365 },
  });

/** The raws of the first entry but for `change`, by our names, and the notes. */
function raws(change: Fields, settings: Fields = {}) {
  const run = runFile(settings, [{ ...entries[0], ...change }]);
  const means = readFingerprint(run.fingerprint, run.path);
  const l = layout(means.rule);
  const { raw, notes } = rawOfEntry(run, means, chooseEntry(run, means), l);
  return { notes, of: (name: string) => Array.from(raw.subarray(l.entry(name).column, l.entry(name).column + 2)) };
}

describe('a fingerprint', () => {
  it('gives pool, rule and settings, with the default of a minimum weight that is null', () => {
    const means = read({ maximum_change: 1e-4, ste_max_change: true, fees: 0.003 });
    expect(means.pool).toEqual({ kind: 'tfmm', value: 1e6, fee: { value: 0.003, train: false } });
    expect(means.rule).toBe('momentum');
    expect(means.settings).toEqual({
      chunkPeriod: 1440,
      weightInterpolationPeriod: 1440,
      interpolation: 'linear',
      maximumChange: 1e-4,
      minimumWeight: 0.05,
      maxMemoryDays: 365,
      straightThroughChange: true,
      straightThroughMinimum: false,
    });
    const day = (d: number) => Date.UTC(2024, 0, d);
    expect(means.dates).toEqual({ start: day(3), end: day(15), endTest: day(19), validation: 0.25 });
    expect([means.assets, means.order]).toEqual([
      ['B', 'A'],
      ['A', 'B'],
    ]);
  });

  /** Keys of the sentence of keys without an effect, by why. */
  const idle = (change: Fields) => {
    const [told, ...more] = read(change).notes.filter((note) => note.startsWith('without an effect here: '));
    expect(more).toEqual([]);
    const parts = told.slice('without an effect here: '.length).split('; ');
    return new Map(
      parts
        .map((part) => /^(.*) \((.*)\)$/.exec(part)?.slice(1) as [string, string])
        .map(([a, b]) => [b, a.split(', ')]),
    );
  };

  it('names what only training and its searches read, and that fees differ', () => {
    expect(read({ fees: 0.003 }).notes[0]).toContain('with fees');
    const bookkeeping = ['evaluation_starts', 'optuna_study', 'sweep_index', 'random_seed', 'results_dir', 'run_id'];
    const found = idle(Object.fromEntries(bookkeeping.map((key) => [key, [7]])));
    const given = ['bout_offset', 'initial_k_per_day', 'initial_memory_length'];
    expect(found.get('of its training and searches')).toEqual([...given, ...bookkeeping]);
    expect(found.get('of its training and searches, but for val_fraction')).toEqual(['optimisation_settings']);
    expect([...found.values()].flat()).not.toContain('initial_pool_value');
  });

  it.each<[Fields, string]>([
    [{ protocol_fee_split: 0.25 }, 'fees is 0'],
    [{ noise_trader_ratio: 0.1 }, 'fees is 0'],
    [{ ste_temperature: 10 }, 'a gate of gradients, or of other pools'],
    [{ noise_model: 'mm_observed' }, 'of other pools'],
    [{ reclamm_interpolation_method: 'geometric' }, 'of other pools'],
    [{ learnable_bounds_settings: { freeze_bounds: true } }, 'its rule has no prefix bounded__'],
    [{ n_ensemble_members: 4 }, 'its rule has no prefix ensemble__'],
    [{ arb_quality: 0.5 }, 'the simulator does not read it for such a pool'],
    [{ numeraire: 'A' }, 'the simulator does not read it for such a pool'],
    ...[null, 0, false, '', [], {}].map((off): [Fields, string] => [{ later_option: off }, 'unknown here, and off']),
  ])('%j is noted: %s', (change, why) => {
    expect(idle(change).get(why)).toContain(Object.keys(change)[0]);
    expect({ ...read(change), notes: [] }).toEqual({ ...read(), notes: [] });
  });

  it('says nothing of keys that stand where they have no effect', () => {
    const neutral = { n_ensemble_members: 1, arb_quality: 1, numeraire: null, noise_trader_ratio: 0 };
    const { notes } = read({ ...neutral, protocol_fee_split: 0, gas_cost: 0 });
    const none = { gas_cost: null, do_trades: null, subsidary_pools: null, noise_trader_ratio: null };
    expect(read(none)).toEqual(read());
    for (const key of [...Object.keys(neutral), 'protocol_fee_split', 'gas_cost']) {
      expect(notes.join()).not.toContain(key);
    }
  });

  it('takes the share of fees that leaves the pool, where there are fees', () => {
    const means = read({ fees: 0.003, protocol_fee_split: 0.25 });
    expect(means.pool).toEqual({ kind: 'tfmm', value: 1e6, fee: { value: 0.003, train: false }, protocolShare: 0.25 });
    expect(means.notes.join()).not.toContain('protocol_fee_split');
    for (const protocol_fee_split of [0, null]) {
      expect(read({ fees: 0.003, protocol_fee_split }).pool).not.toHaveProperty('protocolShare');
    }
  });

  it.each<[Fields, string]>([
    [
      { rule: 'min_variance' },
      "run_fingerprint.rule: one of momentum, anti_momentum, power_channel, mean_reversion_channel was expected, got 'min_variance'",
    ],
    [{ rule: 'bounded__momentum' }, "got 'bounded__momentum'; others, and rules with a prefix"],
    [{ rule: 'constructor' }, "got 'constructor'"],
    [{ gas_cost: 5 }, 'run_fingerprint.gas_cost: 0 was expected, got 5, which poolgrad does not simulate'],
    [{ arb_fees: 0.001 }, 'run_fingerprint.arb_fees: 0 was expected, got 0.001'],
    [{ noise_trader_ratio: 0.1, fees: 0.003 }, 'run_fingerprint.noise_trader_ratio: 0 was expected, got 0.1'],
    [{ protocol_fee_split: 1.5 }, 'run_fingerprint.protocol_fee_split:'],
    [{ do_arb: false }, 'run_fingerprint.do_arb: true was expected, got false'],
    [{ do_trades: true }, 'the pool executes trades that the file does not hold; run it in the simulator with false'],
    [{ arb_frequency: 5 }, 'run_fingerprint.arb_frequency: 1 was expected, got 5'],
    [{ use_alt_lamb: true }, 'run_fingerprint.use_alt_lamb: false was expected, got true'],
    [{ subsidary_pools: [{}] }, 'run_fingerprint.subsidary_pools: [] was expected'],
    [{ freq: 'hour' }, 'run_fingerprint.freq: "minute" was expected'],
    [
      { hooks: ['lvr'] },
      'run_fingerprint.hooks: a key that poolgrad knows was expected, got ["lvr"], which may change',
    ],
    [{ initial_reserves: [1, 2] }, 'run_fingerprint.initial_reserves: a key that poolgrad knows was expected'],
    [{ log_space: true }, 'run_fingerprint.log_space: a key that poolgrad knows was expected, got true'],
    [{ noise_volume: 5 }, 'run_fingerprint.noise_volume: a key that poolgrad knows was expected, got 5'],
    [{ cap_weights: true }, 'run_fingerprint.cap_weights: a key that poolgrad knows was expected, got true'],
    [
      { rule: 'reclamm', noise_model: 'mm_observed', noise_arrays_path: 'results/mm.npz', gas_cost: 3 },
      "got 'reclamm', a pool with virtual reserves that follow the price, which poolgrad has as reclamm; beside arbitrageurs others trade with it by the noise model \"mm_observed\", kept in 'results/mm.npz', not in the file;",
    ],
    [
      { rule: 'balancer' },
      "got 'balancer', a pool of constant weights, which poolgrad has as constant-weight; write a",
    ],
    [{ tokens: ['A'] }, 'run_fingerprint.tokens:'],
    [{ tokens: ['A', 'A'] }, "run_fingerprint.tokens: 'A' is named twice"],
    [{ chunk_period: '1d' }, 'run_fingerprint.chunk_period: expected number, got "1d"'],
    [{ weight_interpolation_method: 'optimal' }, 'run_fingerprint.weight_interpolation_method:'],
    [{ startDateString: '1/2/2023' }, 'run_fingerprint.startDateString: expected a date such as 2023-01-01'],
    [{ endDateString: '2023-01-01' }, 'startDateString < endDateString < endTestDateString was expected'],
    [{ fees: 1.5 }, 'run_fingerprint.fees:'],
  ])('%j is refused', (change, message) => {
    expect(() => read(change)).toThrow(message);
  });
});

describe('the entry', () => {
  const choose = (list: readonly Fields[], asked?: number, change: Fields = {}) =>
    chooseEntry(runFile(change, list), read(change), asked);
  const without = (...names: string[]) =>
    entries.map((e) => Object.fromEntries(Object.entries(e).filter(([name]) => !names.includes(name))));

  it('is the best by validation, then by training, and by the test only where nothing else is there', () => {
    const best = choose(entries);
    expect([best.entry, best.set, best.step, best.by]).toEqual([2, 1, 10, { figure: 'validation_metrics', value: 3 }]);
    expect(best.why).toBe('Set 2 of 2 of entry 2 (step 10) was chosen by validation_metrics (daily_log_sharpe 3).');
    const train = choose(without('validation_metrics'));
    expect([train.entry, train.set, train.by?.figure]).toEqual([1, 0, 'train_objective']);
    const objective = choose(without('validation_metrics', 'train_objective'));
    expect([objective.entry, objective.set, objective.by]).toEqual([1, 0, { figure: 'objective', value: 5 }]);
    const test = choose(without('validation_metrics', 'train_objective', 'objective'));
    expect([test.entry, test.set]).toEqual([3, 0]);
    expect(test.why).toContain('so they flatter it');
  });

  it('is the last where there are no figures, and the one asked for', () => {
    const figures = ['validation_metrics', 'train_objective', 'objective', 'test_objective', 'continuous_test_metrics'];
    expect(choose(without(...figures)).entry).toBe(3);
    const asked = choose(entries, 1);
    expect([asked.entry, asked.set]).toEqual([1, 0]);
    expect(asked.why).toContain('as --entry says; the set');
    expect(() => choose(entries, 4)).toThrow('--entry: a number from 1 to 3 was expected, got 4');
  });

  it('is judged by the objective of the run; returns are called return there', () => {
    const list = [1, 3, 2].map((x) => ({ ...entries[0], validation_metrics: [{ return: x }, { return: 0 }] }));
    expect(choose(list, undefined, { return_val: 'returns' }).entry).toBe(2);
  });
});

describe('raw parameters', () => {
  it('are those of the set, from alphabetical order to the order of the pool, to the bit', () => {
    const { of } = raws({});
    expect(of('momentum.k')).toEqual([0, -1]);
    expect(of('momentum.memoryDays')).toEqual([0.2, 0.1]);
    expect(of('tfmm.initialWeights')).toEqual([1, 1]);
    expect(raws({}, { alphabetic: false }).of('momentum.k')).toEqual([-1, 0]);
  });

  it('may be one for all assets, and flat where there is one set', () => {
    const flat = { log_k: [2], logit_lamb: [0.1, 0.2], logit_delta_lamb: 0, initial_weights_logits: [0, 0] };
    const { of } = raws({ ...flat, validation_metrics: 1 });
    expect(of('momentum.k')).toEqual([2, 2]);
    expect(of('momentum.memoryDays')).toEqual([0.2, 0.1]);
  });

  it('are noted where they have no effect', () => {
    const power = { rule: 'power_channel' };
    const both = { sp_k: [[0, 0]], sp_exponents: [[1, 1]], sp_pre_exp_scaling: [[0, 0]], validation_metrics: [1] };
    const one = { ...both, log_k: [[0, 0]], logit_lamb: [[0, 0]], initial_weights_logits: [[0, 0]] };
    const { notes, of } = raws({ ...one, logit_delta_lamb: [[1, 0]] }, power);
    expect(notes).toEqual([
      'log_k is left out: the simulator reads sp_k first',
      'logit_delta_lamb is left out: use_alt_lamb is false',
    ]);
    // squareplus(0) = 1 = 2^0
    expect(of('power-channel.k')).toEqual([0, 0]);
    const off = raws({ ...one, logit_delta_lamb: [[0, 0]] }, { ...power, use_pre_exp_scaling: false });
    expect(off.notes).toContain('sp_pre_exp_scaling is left out: use_pre_exp_scaling is false');
    expect(
      layout('power-channel').entry('power-channel.scale').parameter.transform.forward(off.of('power-channel.scale')),
    ).toEqual([0.5, 0.5]);
  });

  it.each<[Fields, string]>([
    [
      {
        log_k: [
          [1, 2, 3],
          [1, 2, 3],
        ],
      },
      'log_k: 2 finite numbers, one a token, were expected, got 3',
    ],
    [
      {
        log_k: [
          [1, null],
          [1, 2],
        ],
      },
      'log_k: 2 finite numbers, one a token, were expected, got one that is not finite',
    ],
    [{ log_k: 'x' }, 'log_k: 2 finite numbers, one a token, were expected, got "x"'],
    [{ log_k: [[1, 2]] }, 'as many sets in all parameters were expected, got log_k 1, logit_lamb 2'],
    [
      {
        sp_width: [
          [1, 2],
          [1, 2],
        ],
      },
      'sp_width: a parameter of momentum was expected',
    ],
    [
      {
        mystery: [
          [1, 2],
          [1, 2],
        ],
      },
      'mystery: a parameter of momentum was expected (momentum.memoryDays, momentum.k)',
    ],
    [{ subsidary_params: [{}] }, 'subsidary_params: [] was expected'],
    [{ validation_metrics: [1, 2, 3] }, 'has 2 sets of parameters, its validation_metrics more'],
  ])('%j is refused', (change, message) => {
    expect(() => raws(change)).toThrow(message);
  });

  it('that are missing are refused', () => {
    const { log_k: _, ...rest } = entries[0];
    const run = runFile({}, [rest]);
    expect(() => rawOfEntry(run, read(), chooseEntry(run, read()), layout('momentum'))).toThrow(
      'momentum.k: raw parameters of it were expected, got none',
    );
  });
});
