/**
 * Floor 5. Export `quantammsim`: a result file of the Python simulator of QuantAMM pools, with one entry. It trains and
 * simulates on, so it takes raw parameters and the dates of the splits; where its transforms are ours the bits stay.
 */
import { z } from 'zod';
import { registry } from '../../kernels/index.js';
import { formatDuration } from '../data/time.js';
import { UserError } from '../errors.js';
import { valuesOf } from '../evaluate/parameters.js';
import { poolLayout } from '../pools/rollout.js';
import { chooseEntry, rawOfEntry } from '../quantammsim/entry.js';
import { type Fingerprint, OWN_KEY, readFingerprint } from '../quantammsim/fingerprint.js';
import { IDLE, theirsOf, WEIGHTS } from '../quantammsim/raws.js';
import { RULES } from '../quantammsim/rules.js';
import { decodeRunFile, encodeRunFile, type Fields, runFileName } from '../quantammsim/run-file.js';
import type { LayoutEntry, ParameterLayout } from '../rollout/layout.js';
import { headerSchema, provenanceSchema } from './document.js';
import type { Exporter, ExportOptions, ExportResult } from './exporter.js';
import { checkPool, type TunedPool, type TunedRule, type TunedRun } from './pool.js';
import { tunedForm } from './resimulate.js';
import { unusedTemplate } from './template.js';
import { ruleNumbers } from './tuned.js';

const kinds = ['tfmm'] as const;
const MINUTE = 60_000;
const FORMAT = 'poolgrad/quantammsim';
const PATH = 'the exported file';

/** Provenance and what the simulator has no key for; it passes over a key that it does not know. */
const ownSchema = z.strictObject({
  ...headerSchema(FORMAT),
  provenance: provenanceSchema,
  choice: z.strictObject({ step: z.number(), split: z.enum(['validation', 'train']), value: z.number() }),
});

/** Names of the simulator for our parameters of each rule, as it makes them itself. */
const NAMES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  momentum: { k: 'log_k' },
  'anti-momentum': { k: 'log_k' },
  'power-channel': { k: 'sp_k', exponent: 'sp_exponents', scale: 'sp_pre_exp_scaling' },
  'mean-reversion-channel': {
    k: 'sp_k',
    exponent: 'sp_exponents',
    scale: 'sp_pre_exp_scaling',
    amplitude: 'sp_amplitude',
    width: 'sp_width',
  },
};

const expected = (what: string, got: string, remedy: string) =>
  new UserError(`export quantammsim: ${what} was expected, got ${got}; ${remedy}`);

function exportRun(pool: TunedPool, options: ExportOptions): ExportResult {
  checkPool('export quantammsim', pool, kinds);
  const { rule, run } = pool;
  if (rule === null || run === undefined) {
    throw expected('a pool with the run it comes from', 'one without', 'export a checkpoint of a tfmm pool');
  }
  if (rule.interpolation === 'geodesic') {
    throw expected(
      'interpolation linear or approx_optimal',
      'geodesic',
      'the simulator has no other; train with one of them',
    );
  }
  if (run.interval !== MINUTE) {
    throw expected(
      'a run on minute prices',
      `one on rows of ${formatDuration(run.interval)}`,
      'the simulator has no other',
    );
  }
  if (run.arbitrage.length > 0) {
    throw expected(
      'arbitrage every minute that costs nothing, no protocolShare, noiseRatio, supply or trades',
      run.arbitrage.join(', '),
      'the simulator has these with other meanings; train without',
    );
  }
  if (run.compat) throw expected('compat: no', 'compat: yes', 'what is read back runs without it; train without it');
  const fingerprint = fingerprintOf(pool, rule, run);
  const text = encodeRunFile(fingerprint, [entryOf(pool, rule, run)]);
  return {
    text,
    fileName: runFileName(fingerprint),
    placeholders: [],
    warnings: [
      ...unusedTemplate('quantammsim', options.template),
      ...(run.flow === null
        ? []
        : [`the simulator has no flow ${run.flow}: there, and when the file is read back, only arbitrage trades`]),
    ],
    notes: [
      ...(pool.fee === 0
        ? []
        : ['the fee is a setting of the simulator: it does not train it, and its arbitrage with fees skips minutes']),
    ],
    quantised: parseRun(text),
  };
}

/** `2023-01-01 00:00:00` */
const dateString = (ms: number): string => new Date(ms).toISOString().slice(0, 19).replace('T', ' ');

function fingerprintOf(pool: TunedPool, rule: TunedRule, run: TunedRun): Fields {
  const { provenance } = pool;
  const minutes = (run.end - run.start) / MINUTE;
  const theirs = Object.keys(RULES).find((name) => RULES[name] === rule.name) as string;
  return {
    [OWN_KEY]: { format: FORMAT, formatVersion: 1, provenance, choice: run.choice },
    freq: 'minute',
    startDateString: dateString(run.start),
    endDateString: dateString(run.end),
    endTestDateString: dateString(run.endTest),
    tokens: pool.assets,
    alphabetic: true,
    rule: theirs,
    chunk_period: rule.chunkPeriod,
    weight_interpolation_period: rule.weightInterpolationPeriod,
    weight_interpolation_method: rule.interpolation,
    maximum_change: rule.maximumChange,
    minimum_weight: rule.minimumWeight,
    max_memory_days: rule.maxMemoryDays,
    ste_max_change: run.straightThrough.change,
    ste_min_max_weight: run.straightThrough.minimum,
    initial_pool_value: pool.value,
    fees: pool.fee,
    gas_cost: 0,
    arb_fees: 0,
    protocol_fee_split: 0,
    noise_trader_ratio: 0,
    arb_frequency: 1,
    do_arb: true,
    do_trades: false,
    use_alt_lamb: false,
    use_pre_exp_scaling: true,
    numeraire: null,
    subsidary_pools: [],
    bout_offset: 0,
    return_val: run.objective,
    optimisation_settings: {
      n_parameter_sets: 1,
      n_iterations: Math.max(2, run.choice.step),
      // whole minutes are cut off of the product: half a minute more keeps it from falling below
      val_fraction: run.validation === 0 ? 0 : (run.validation + 0.5) / minutes,
    },
  };
}

/** One set, its numbers in alphabetical order of the tokens, as the simulator holds them. */
function entryOf(pool: TunedPool, rule: TunedRule, run: TunedRun): Fields {
  const layout = layoutOfRule(pool.assets, rule);
  const order = [...pool.assets].sort().map((asset) => pool.assets.indexOf(asset));
  const sorted = (values: readonly number[]) => [order.map((i) => values[i])];
  const named = (key: string, name: string) => {
    const e = layout.entry(`${rule.name}.${key}`);
    return [name, sorted(theirsOf(rule.name, name, e, run.raw[e.name]))] as const;
  };
  const figure = { [run.objective]: run.choice.value };
  const { metrics } = pool.provenance;
  return {
    ...Object.fromEntries(Object.entries(NAMES[rule.name]).map(([key, name]) => named(key, name))),
    ...Object.fromEntries([named('memoryDays', 'logit_lamb')]),
    [IDLE]: sorted(pool.assets.map(() => 0)),
    [WEIGHTS]: sorted(run.raw['tfmm.initialWeights']),
    subsidary_params: [],
    step: run.choice.step,
    objective: [run.choice.value],
    train_objective: [run.choice.split === 'train' ? figure : {}],
    test_objective: [metrics],
    ...(run.choice.split === 'validation' ? { validation_metrics: [figure] } : {}),
    hessian_trace: 0,
    local_learning_rate: [0],
    iterations_since_improvement: [0],
  };
}

const specOfRule = (assets: readonly string[], rule: string, given: Readonly<Record<string, number>>) => {
  const model = registry.rules[rule];
  const all = { ...registry.pools.tfmm.settings, ...model.settings };
  const settings = { ...Object.fromEntries(Object.entries(all).map(([key, s]) => [key, s.default])), ...given };
  const spec = { assets, pool: registry.pools.tfmm, rule: model, flow: null, settings };
  return { ...spec, objective: registry.objectives.returns, penalties: [], value: 1, zeroFee: true };
};

const layoutOfRule = (assets: readonly string[], { name, chunkPeriod, maxMemoryDays }: TunedRule): ParameterLayout =>
  poolLayout(specOfRule(assets, name, { chunkPeriod, maxMemoryDays }));

/** A file of our own; one of the simulator itself is for `evaluate` and `train`, which need no provenance. */
function parseRun(text: string): TunedPool {
  const file = decodeRunFile(text, PATH);
  const own = ownSchema.safeParse(file.fingerprint[OWN_KEY]);
  if (!own.success) {
    const what = own.error.issues[0];
    throw new UserError(
      `parse quantammsim: a file that poolgrad exported was expected, got another (${OWN_KEY}.${what.path.join('.')}: ${what.message}); evaluate it by \`poolgrad evaluate\``,
    );
  }
  const fingerprint = readFingerprint(file.fingerprint, PATH);
  const spec = specOfRule(fingerprint.assets, fingerprint.rule, numbersOf(fingerprint));
  const layout = poolLayout(spec);
  const { raw } = rawOfEntry(file, fingerprint, chooseEntry(file, fingerprint), layout);
  const slice = (e: LayoutEntry) => Array.from(raw.subarray(e.column, e.column + e.size));
  const { dates, settings } = fingerprint;
  if (dates === null || dates.endTest === null) {
    throw new UserError('parse quantammsim: dates of training and test were expected, got none; export it again');
  }
  const fee = (fingerprint.pool.fee as { readonly value: number }).value;
  const pool: TunedPool = {
    kind: 'tfmm',
    assets: fingerprint.assets,
    fee,
    weights: valuesOf(layout.entry('tfmm.initialWeights'), raw),
    value: fingerprint.pool.value as number,
    rule: { ...ruleNumbers({ spec, layout, raw }, fingerprint.rule), estimator: null },
    hmm: null,
    run: {
      raw: Object.fromEntries(layout.entries.filter((e) => e.name !== 'tfmm.fee').map((e) => [e.name, slice(e)])),
      start: dates.start,
      end: dates.end,
      endTest: dates.endTest,
      interval: MINUTE,
      validation: Math.floor(((dates.end - dates.start) / 60_000) * dates.validation),
      objective: fingerprint.objective,
      choice: own.data.choice,
      straightThrough: {
        change: settings.straightThroughChange === true,
        minimum: settings.straightThroughMinimum === true,
      },
      compat: false,
      arbitrage: [],
      flow: null,
    },
    provenance: own.data.provenance,
  };
  checkPool('parse quantammsim', pool, kinds);
  return pool;
}

/** Settings as models see them. */
function numbersOf({ rule, settings }: Fingerprint): Record<string, number> {
  const known = registry.rules[rule].settings ?? {};
  return Object.fromEntries(
    Object.entries(settings).map(([key, x]) => [
      key,
      typeof x === 'string' ? (known[key].choices?.[x] ?? 0) : Number(x),
    ]),
  );
}

export const quantammsim: Exporter = {
  name: 'quantammsim',
  doc: 'a result file of the Python simulator, which can evaluate it and train on',
  kinds,
  form: tunedForm,
  extension: '.json',
  export: exportRun,
  parse: parseRun,
};
