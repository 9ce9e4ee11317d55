/**
 * Floor 5. The tuned pool and its baselines on the test split under other assumptions than those of the training: arbitrageurs
 * who come less often, and prices without what is wrong with the dataset's. Parameters, rules and their clocks stay.
 */
import { withoutBounce, withoutSpikes } from '../data/clean.js';
import type { Dataset } from '../data/dataset.js';
import type { DataQuality } from '../data/quality.js';
import type { Split } from '../data/windows.js';
import type { PoolRollout } from '../pools/rollout.js';
import { arbitrageRows, clockOf, type PoolSpec } from '../pools/spec.js';
import { minutesOf } from '../rollout/clock.js';
import { nextTurn } from '../targets/turn.js';
import { constantPool, hodl, recorder, type Setting, uniformHodl } from './baselines.js';
import { feeEntry, usesClosedForm, withValues } from './parameters.js';
import { heldPrices, type Metrics, recordTest, type Strategy, strategyOf, wholeRange } from './path.js';
import { besideHodl } from './portfolio.js';

/** Steps from one arbitrage to the next. */
export const STEPS: readonly number[] = [1, 2, 5, 15, 60];

export type StressPrices = 'recorded' | 'without spikes' | 'without bounce';

/** What is assumed. */
export interface Assumption {
  /** Minutes from one arbitrage to the next. */
  readonly arbitrageEvery: number;
  readonly prices: StressPrices;
}

export interface StressCase extends Assumption {
  /** Whether it is what the pool was trained and evaluated under. */
  readonly asTrained: boolean;
  /** Metrics on the test split, by strategy, the tuned pool first. */
  readonly metrics: Readonly<Record<string, Metrics>>;
}

/**
 * All cases, that of the evaluation itself first: its figures are those of `measured`.
 *
 * @param measured the tuned pool, then its baselines
 * @param fee of the best fixed fee; null where there is none
 */
export async function stressCases(
  s: Setting,
  quality: DataQuality,
  measured: readonly Strategy[],
  fee: number | null,
): Promise<StressCase[]> {
  const every = everyOf(s.spec);
  const base: StressCase = {
    arbitrageEvery: every,
    prices: 'recorded',
    asTrained: true,
    metrics: Object.fromEntries(measured.map(({ name, metrics }) => [name, metrics.test])),
  };
  const cases = [base];
  for (const assumed of assumptions(s.spec, quality, s.split)) {
    await nextTurn(); // a roll-out blocks; signals are heard between them
    cases.push({
      ...assumed,
      asTrained: false,
      metrics: strategiesUnder(s, assumed, cleaned(s, quality, assumed), fee),
    });
  }
  return cases;
}

/** Minutes from one arbitrage to the next: from block to block where there are some. */
const everyOf = (spec: PoolSpec): number =>
  spec.blocks ? minutesOf(spec.blocks) : minutesOf(clockOf(spec), arbitrageRows(spec));

/** Rows of all its roll-outs, for the progress: of the tuned pool and two baselines in each case. */
export function stressRows(spec: PoolSpec, quality: DataQuality, split: Split): number {
  const [from, to] = spec.rule === null ? split.test : wholeRange(split);
  return 3 * (to - from) * assumptions(spec, quality, split).length;
}

/** Which cases there are, but for that of the evaluation: each differs from it in one thing. */
function assumptions(spec: PoolSpec, quality: DataQuality, split: Split): Assumption[] {
  const found = quality.over(split.test);
  const every = everyOf(spec);
  const others = STEPS.map((steps) => minutesOf(clockOf(spec), steps)).filter((minutes) => minutes !== every);
  return [
    ...others.map((arbitrageEvery) => ({ arbitrageEvery, prices: 'recorded' as const })),
    ...(found.some((q) => q.spikes.length > 0) ? [{ arbitrageEvery: every, prices: 'without spikes' as const }] : []),
    ...(found.some((q) => q.bounce.found) ? [{ arbitrageEvery: every, prices: 'without bounce' as const }] : []),
  ];
}

function cleaned({ data, split }: Setting, quality: DataQuality, { prices }: Assumption): Dataset {
  if (prices === 'recorded') return data;
  if (prices === 'without spikes') return { ...data, prices: withoutSpikes(quality) };
  return { ...data, prices: withoutBounce(quality, [split.train, split.validation, split.test]) };
}

/** A pool with a rule goes through all rows, as in the evaluation; one without starts afresh with the test split anyway. */
function strategiesUnder(s: Setting, assumed: Assumption, data: Dataset, fee: number | null): Record<string, Metrics> {
  const spec = specUnder(s.spec, assumed);
  const rollout = recorder(spec, { ...s, data });
  try {
    const { test } = s.split;
    const [from] = test;
    const split = { ...s.split, train: [from, from] as [number, number], validation: [from, from] as [number, number] };
    const raw = rawUnder(s, rollout, spec);
    // rivals go the way of the tuned pool, with a rule or without
    const first = spec.rule === null ? from : s.split.train[0];
    const recorded = (pool: PoolRollout, set: Float64Array) => recordTest(pool, set, s.split, first);
    const path = recorded(rollout, raw);
    const held = heldPrices(data, s.held.width);
    const setting = { ...s, spec, data, rollout, recorded, split, held, raw, path };
    const holding = hodl(setting);
    const rivals = [
      holding,
      uniformHodl(setting),
      // its weights are those that the tuned pool has at the first row of all
      constantPool({ ...setting, path: s.path }),
      fee === null ? null : fixedFee(setting, s.split, fee),
    ];
    const strategies = [
      strategyOf('tuned', path, held, split),
      ...rivals.flatMap((x) => (x === null ? [] : [besideHodl(x, holding)])),
    ];
    return Object.fromEntries(strategies.map((x) => [x.name, x.metrics.test]));
  } finally {
    rollout.dispose();
  }
}

/** Closed forms know of no arbitrage that is late, and blocks of none but their own. */
function specUnder(spec: PoolSpec, { arbitrageEvery }: Assumption): PoolSpec {
  if (arbitrageEvery === everyOf(spec)) return spec;
  return { ...spec, settings: { ...spec.settings, arbitrageEvery }, blocks: null, zeroFee: false };
}

/** The tuned parameters; of a pool without a fee, whatever its parameter says, that fee. */
function rawUnder(s: Setting, { layout }: PoolRollout, spec: PoolSpec): Float64Array {
  const fee = feeEntry(spec, layout);
  return fee !== undefined && usesClosedForm(s.spec) && !spec.zeroFee
    ? withValues(layout, s.raw, { [fee.name]: [0] })
    : s.raw;
}

/** The untuned pool at a fee, measured on the splits of `s`, on the way through those of `whole`. */
function fixedFee(s: Setting, whole: Split, fee: number): Strategy | null {
  const entry = feeEntry(s.spec, s.rollout.layout);
  if (entry === undefined) return null;
  const closed = usesClosedForm(s.spec);
  const rollout = closed ? recorder({ ...s.spec, zeroFee: false }, s) : s.rollout;
  try {
    const path = recordTest(rollout, withValues(rollout.layout, s.initial, { [entry.name]: [fee] }), whole);
    return strategyOf('best fixed fee', path, s.held, s.split);
  } finally {
    if (closed) rollout.dispose();
  }
}
