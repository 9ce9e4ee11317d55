/** Floor 5½. The weights that a rule gives on prices of one's own: no config, no checkpoint, no dataset file. */
import { registry } from '../../kernels/index.js';
import { type RawConfig, resolveConfig } from '../config/index.js';
import { UserError } from '../errors.js';
import type { RuleModel } from '../pools/model.js';
import { createPoolRollout, poolLayout } from '../pools/rollout.js';
import type { Prices } from '../rollout/recorded.js';
import type { Target } from '../targets/target.js';
import { wasm } from '../targets/wasm/index.js';
import { initialRaw } from './prepared.js';
import { specOf } from './rollout.js';

export interface RuleWeightsInput {
  /** A price a minute of each asset, by name, in the order of the pool. */
  readonly prices: Readonly<Record<string, ArrayLike<number>>>;
  /**
   * What a config has under `rule`: the name of a rule, or its `kind`, a name or a model of one's own, beside settings and
   * parameters in human units. Values are start values; whether they train does not matter.
   */
  readonly rule: string | (Readonly<Record<string, unknown>> & { readonly kind: string | RuleModel });
  /** What a config has under `pool`, for example its initialWeights; left out: a tfmm pool with equal ones. */
  readonly pool?: Readonly<Record<string, unknown>>;
  /** Further series of as many minutes, such as the supplies that market-cap reads. */
  readonly series?: Readonly<Record<string, ArrayLike<number>>>;
  /** Minutes between rows, from 1; left out: chunkPeriod, a row for each rule step. */
  readonly every?: number;
  /** Left out: wasm. */
  readonly target?: Target;
}

export interface RuleWeights {
  /** In the order of the columns. */
  readonly assets: readonly string[];
  /** The minute of each row, from 0. */
  readonly rows: Int32Array;
  /** [rows][assets], row-major. */
  readonly weights: Float64Array;
}

/**
 * The weights of a pool that starts at the first price and follows the rule, guard rails applied; those of a minute are made
 * of prices up to the last rule step before it. Throws a UserError that names what it does not accept, as a config would.
 */
export function ruleWeights(input: RuleWeightsInput): RuleWeights {
  const { rule, pool, every, target = wasm } = input;
  const data = pricesOf(input);
  const section = typeof rule === 'string' ? { kind: rule } : rule;
  const own = typeof section.kind === 'string' ? {} : { [section.kind.name]: section.kind };
  const named = { ...section, kind: typeof section.kind === 'string' ? section.kind : section.kind.name };
  const raw: RawConfig = {
    data: { file: 'prices', assets: data.assets },
    pool: { kind: 'tfmm', ...pool },
    rule: named,
    objective: 'returns',
  };
  const models = { ...registry, rules: { ...registry.rules, ...own } };
  const config = resolveConfig(raw, models, { assets: data.assets, series: Object.keys(data.series ?? {}) });
  if (config.kind !== 'pool') throw new TypeError('the config of a pool makes one');
  const spec = specOf(config);
  const rollout = createPoolRollout(spec, data, target, { threads: 1 });
  try {
    const start = initialRaw(config, poolLayout(spec));
    const path = rollout.trajectory(start, 0, data.rows, every ?? config.rule?.settings.chunkPeriod ?? 1);
    return { assets: data.assets, rows: path.rows, weights: path.weights as Float64Array };
  } finally {
    rollout.dispose();
  }
}

function pricesOf({ prices, series = {} }: RuleWeightsInput): Prices {
  const assets = Object.keys(prices);
  const rows = assets.length === 0 ? 0 : prices[assets[0]].length;
  const odd = assets.find((asset) => prices[asset].length !== rows);
  if (odd !== undefined) {
    throw new UserError(
      `prices: as many of each asset were expected, got ${rows} of ${assets[0]} and ${prices[odd].length} of ${odd}; give each minute a price of each`,
    );
  }
  const byRow = new Float64Array(rows * assets.length);
  assets.forEach((asset, i) => {
    for (let row = 0; row < rows; row++) byRow[row * assets.length + i] = prices[asset][row];
  });
  const further = Object.fromEntries(Object.entries(series).map(([name, x]) => [name, Float64Array.from(x)]));
  return { assets, rows, prices: byRow, volume: null, series: further };
}
