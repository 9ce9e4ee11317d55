/** Result files as quantammsim writes them, made by the tests; public ones are of other pools. */
import type { Fields, RunFile } from '../../src/quantammsim/run-file.js';

/** Most of the keys that the simulator fills in. Tokens out of order: the entries' numbers are by alphabet. */
export const fingerprint: Fields = {
  alphabetic: true,
  arb_fees: 0,
  arb_frequency: 1,
  arb_quality: 1,
  bout_offset: 10_080,
  chunk_period: 1440,
  do_arb: true,
  do_trades: false,
  endDateString: '2024-01-15 00:00:00',
  endTestDateString: '2024-01-19 00:00:00',
  fees: 0,
  freq: 'minute',
  gas_cost: 0,
  initial_k_per_day: 20,
  initial_memory_length: 10,
  initial_pool_value: 1_000_000,
  max_memory_days: 365,
  maximum_change: 3e-4,
  minimum_weight: null,
  n_ensemble_members: 1,
  noise_trader_ratio: 0,
  numeraire: null,
  optimisation_settings: { base_lr: 0.1, n_iterations: 1000, n_parameter_sets: 2, val_fraction: 0.25 },
  protocol_fee_split: 0,
  reclamm_use_shift_exponent: false,
  return_val: 'daily_log_sharpe',
  rule: 'momentum',
  startDateString: '2024-01-03 00:00:00',
  ste_max_change: false,
  ste_min_max_weight: false,
  subsidary_pools: [],
  tokens: ['B', 'A'],
  use_alt_lamb: false,
  use_pre_exp_scaling: true,
  weight_interpolation_method: 'linear',
  weight_interpolation_period: 1440,
};

const sharpe = (...values: (number | null)[]) => values.map((value) => ({ daily_log_sharpe: value, sharpe: 9 }));

/** Two sets of two assets; validation prefers the second set of the second entry, every other figure another. */
const entry = (step: number, k: number, validation: number[]): Fields => ({
  log_k: [
    [k, k + 1],
    [k + 2, k + 3],
  ],
  logit_lamb: [
    [0.1, 0.2],
    [0.3, 0.4],
  ],
  logit_delta_lamb: [
    [0, 0],
    [0, 0],
  ],
  initial_weights_logits: [
    [1, 1],
    [0.5, -0.5],
  ],
  subsidary_params: [],
  step,
  objective: [5 - step, 0],
  train_objective: sharpe(7 - step, null),
  test_objective: sharpe(step, 0),
  continuous_test_metrics: sharpe(step, 0),
  validation_metrics: sharpe(...validation),
  hessian_trace: 0,
  local_learning_rate: [0.1, 0.1],
  iterations_since_improvement: [0, 1],
});

export const entries: readonly Fields[] = [
  entry(0, -1, [1, -2]),
  entry(10, -2, [0.5, 3]),
  entry(20, -3, [1.5, Number.NEGATIVE_INFINITY]),
];

export const runFile = (change: Fields = {}, list: readonly Fields[] = entries): RunFile => ({
  path: 'run.json',
  fingerprint: { ...fingerprint, ...change },
  entries: list,
});
