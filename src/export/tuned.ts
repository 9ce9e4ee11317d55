/**
 * Floor 5. From a trained parameter set to the pool that exporters to a chain write: a pool to be deployed after the last
 * row of the dataset. Its estimator has seen every rule step of the data, its HMM reserves are those of a new pool at the
 * prices of the last row.
 */
import { arbitrageurSettings } from '../../kernels/pools/arbitrageur.js';
import { protocolSettings } from '../../kernels/pools/protocol.js';
import { lambdaOfMemory, memoryOfRaw } from '../../kernels/rules/memory.js';
import { pathSettings } from '../../kernels/weights/guardrail.js';
import { formatDuration } from '../data/time.js';
import { UserError } from '../errors.js';
import { feeOf, valuesOf } from '../evaluate/parameters.js';
import { poolSeries } from '../pools/series.js';
import { clockOf, type PoolSpec } from '../pools/spec.js';
import { defaultOf } from '../rollout/clock.js';
import { estimateAtEnd, lastPrices, newPool } from './deployed.js';
import { finite, type TunedHmm, type TunedPool, type TunedRule, type TunedRun } from './pool.js';
import type { TunedInput } from './tuned-input.js';

const KINDS: readonly string[] = ['constant-weight', 'tfmm', 'hmm'];
/** Rules of one gradient estimator. */
const RULES: readonly string[] = ['momentum', 'anti-momentum', 'power-channel', 'mean-reversion-channel'];

/** @throws UserError for pools and rules that no chain knows */
export function tunedPool(input: TunedInput): TunedPool {
  const { spec, layout, raw, provenance } = input;
  const kind = spec.pool.name;
  if (!KINDS.includes(kind)) {
    throw new UserError(
      `export: a pool of kind ${KINDS.join(', ')} was expected by all targets but json, got ${kind}; export it --to json, or write an exporter for it`,
    );
  }
  checkSteady(spec);
  const shared = {
    kind: kind as TunedPool['kind'],
    assets: [...spec.assets],
    fee: feeOf(spec, layout, raw),
    value: spec.value,
    provenance: { ...provenance, metrics: finite(provenance.metrics) },
  };
  if (kind === 'hmm') {
    const hmm = tunedHmm(input);
    return { ...shared, weights: valueShares(hmm, lastPrices(input.data)), rule: null, hmm };
  }
  const weights = valuesOf(layout.entry(kind === 'tfmm' ? 'tfmm.initialWeights' : 'constant-weight.weights'), raw);
  if (spec.rule === null) return { ...shared, weights, rule: null, hmm: null };
  const rule = { ...ruleNumbers(input, spec.rule.name), estimator: estimatorOf(input) };
  return { ...shared, weights, rule, hmm: null, ...runOf(input, spec.rule.name) };
}

/** Refuses a pool that would be another one in a format that knows constant parameters only. */
function checkSteady(spec: PoolSpec): void {
  const followed = Object.entries(poolSeries(spec).parameters).map(([key, name]) => `${key}: {series: ${name}}`);
  const moving = [
    ...(spec.feeLaw ? [`feeLaw: ${spec.feeLaw.name}`] : []),
    ...followed,
    ...(spec.pool.path?.closes?.(spec.settings) === true ? ['trading: moving'] : []),
  ];
  if (moving.length === 0) return;
  throw new UserError(
    `export: a pool that always trades, at a fee that stays, was expected, got ${moving.join(', ')}, which only json carries; export it --to json, or write an exporter for it`,
  );
}

/** The run, of a set that comes from one. */
function runOf({ spec, layout, raw, origin }: TunedInput, rule: string): Pick<TunedPool, 'run'> {
  if (origin === undefined) return {};
  const { start, split, choice } = origin;
  const { settings } = spec;
  const { supply, trades } = poolSeries(spec);
  const { interval } = clockOf(spec);
  const time = (row: number) => start + row * interval;
  const own = layout.entries.filter((e) => e.name === 'tfmm.initialWeights' || e.name.startsWith(`${rule}.`));
  const run: TunedRun = {
    raw: Object.fromEntries(own.map((e) => [e.name, Array.from(raw.subarray(e.column, e.column + e.size))])),
    interval,
    start: time(split.train[0]),
    end: time(split.validation[1]),
    endTest: time(split.test[1]),
    validation: split.validation[1] - split.validation[0],
    objective: spec.objective.name,
    choice,
    straightThrough: { change: settings.straightThroughChange === 1, minimum: settings.straightThroughMinimum === 1 },
    compat: settings.compat === 1,
    flow: spec.flow?.name ?? null,
    arbitrage: [
      ...Object.entries({ ...arbitrageurSettings, ...protocolSettings }).flatMap(([name, setting]) =>
        settings[name] === undefined || settings[name] === defaultOf(setting, { interval })
          ? []
          : [`${name}: ${settings[name]}`],
      ),
      ...(spec.blocks ? [`blocks: every ${formatDuration(spec.blocks.interval)}`] : []),
      ...(supply === null ? [] : [`supply: ${supply}`]),
      ...(trades ? ['trades: true'] : []),
    ],
  };
  return { run };
}

/**
 * λ, the days of memory and k as the rule uses them: λ and days within the longest memory, k times the days.
 * @throws UserError for rules and settings that no chain knows
 */
export function ruleNumbers(
  input: Pick<TunedInput, 'spec' | 'layout' | 'raw'>,
  name: string,
): Omit<TunedRule, 'estimator'> {
  const expected = (what: string, got: string) =>
    new UserError(
      `export: ${what} was expected, got ${got}, which only json carries; export it --to json, or write an exporter for it`,
    );
  if (!RULES.includes(name)) throw expected(`one of the rules ${RULES.join(', ')}`, name);
  for (const key of ['assetBounds', 'ownAverage']) {
    if (input.spec.settings[key] === 1) throw expected(`${key}: off`, `${key}: on`);
  }
  const { layout, raw } = input;
  const { settings } = input.spec;
  const memory = layout.entry(`${name}.memoryDays`);
  const logits = Array.from(raw.subarray(memory.column, memory.column + memory.size));
  const longest = lambdaOfMemory(settings.maxMemoryDays, settings.chunkPeriod);
  const memoryDays = logits.map((x) => Math.min(memoryOfRaw(x, settings.chunkPeriod), settings.maxMemoryDays));
  return {
    name,
    lambda: logits.map((x) => Math.min(1 / (1 + Math.exp(-x)), longest)),
    memoryDays,
    k: valuesOf(layout.entry(`${name}.k`), raw).map((k, i) => k * memoryDays[i]),
    chunkPeriod: settings.chunkPeriod,
    weightInterpolationPeriod: settings.weightInterpolationPeriod,
    interpolation: interpolationName(settings.interpolation),
    maximumChange: settings.maximumChange,
    minimumWeight: settings.minimumWeight,
    maxMemoryDays: settings.maxMemoryDays,
  };
}

function interpolationName(choice: number): TunedRule['interpolation'] {
  const names = Object.entries(pathSettings.interpolation.choices ?? {});
  return names.find(([, value]) => value === choice)?.[0] as TunedRule['interpolation'];
}

/** The carry of a gradient estimator. */
function estimatorOf(input: TunedInput): TunedRule['estimator'] {
  const estimate = estimateAtEnd(input);
  return estimate && { ewma: estimate.carry.ewma, a: estimate.carry.a };
}

/** w = 1: only λ/w = ρ shapes the pool. The price scale in credits: the model may count it in the price at its start. */
function tunedHmm(input: TunedInput): TunedHmm {
  const { spec, layout, raw, data } = input;
  const n = spec.assets.length;
  const value = (key: string) => valuesOf(layout.entry(`hmm.${key}`), raw);
  const prices = lastPrices(data);
  const { reserves } = newPool(input);
  const dynamic = layout.entries.some((e) => e.name === 'hmm.alpha');
  return {
    w: new Array(n).fill(1),
    rho: value('rho'),
    priceScale: value('priceScale').map((s, i) => (spec.settings.centre === 1 ? s * prices[i] : s)),
    psi: reserves.slice(0, n),
    theta: reserves.slice(n),
    marketFee: value('marketFee')[0],
    riskFee: value('riskFee')[0],
    alpha: dynamic ? value('alpha')[0] : 0,
    feeBurn: 0,
  };
}

/** Each asset's compute and credits, as a share of the value. */
function valueShares({ psi, theta }: TunedHmm, prices: readonly number[]): number[] {
  const worth = psi.map((x, i) => x * prices[i] + theta[i]);
  const total = worth.reduce((a, b) => a + b, 0);
  return worth.map((v) => v / total);
}
