/**
 * Floor 2½. What a dataset says minute by minute beside prices and volume, and which of it a roll-out reads: series of the
 * assets for a rule, parameters of the pool that follow a series, shares of the pool that are out, trades of others.
 */
import { UserError } from '../errors.js';
import { type Blocks, bridgeSeries } from '../rollout/bridge.js';
import type { Parameter } from '../rollout/model.js';
import type { Prices } from '../rollout/recorded.js';
import type { PoolModel, RuleModel, SeriesDeclaration } from './model.js';

/** Series that the pool of a roll-out follows. */
export interface PoolSeries {
  /** Scalar parameters of the pool, by their keys, and the series that stands for each: its raw number is not looked at. */
  readonly parameters: Readonly<Record<string, string>>;
  /**
   * Shares of the pool that are out, or null. Reserves and values stay those of the shares of a window's first minute:
   * others that come and go take their part of the reserves with them. What is an amount, not a fraction of the pool —
   * gas, a trade — is then the smaller for each share the more there are.
   */
  readonly supply: string | null;
  /** Whether the pool executes the trades that the dataset has. */
  readonly trades: boolean;
}

/** What of a roll-out's spec decides on the series that it reads. */
interface SeriesReader {
  readonly assets: readonly string[];
  readonly pool: PoolModel;
  readonly rule: RuleModel | null;
  readonly series?: PoolSeries;
  readonly blocks?: Blocks | null;
  readonly settings: Readonly<Record<string, number>>;
}

const NONE: PoolSeries = { parameters: {}, supply: null, trades: false };

export const poolSeries = (spec: Pick<SeriesReader, 'series'>): PoolSeries => spec.series ?? NONE;

/** A rule's series of one asset: `supply.BTC`. */
export const assetSeries = (name: string, asset: string): string => `${name}.${asset}`;

/** Series of what is paid in of an asset, and of 1 in rows where it is what is taken out. */
export const paidSeries = (asset: string): string => assetSeries('trades.in', asset);
export const takenSeries = (asset: string): string => assetSeries('trades.out', asset);

/** One series that a roll-out reads: what for, and what its numbers may be. */
interface Reading extends SeriesDeclaration {
  readonly name: string;
}

function readings(spec: SeriesReader): Reading[] {
  const { parameters, supply, trades } = poolSeries(spec);
  const declared = spec.pool.parameters(spec.settings);
  const ofRule = Object.entries(spec.rule?.series?.(spec.settings) ?? {});
  return [
    ...ofRule.flatMap(([key, s]) => spec.assets.map((asset) => ({ ...s, name: assetSeries(key, asset) }))),
    ...Object.entries(parameters).map(([key, name]) => ({ name, ...declared[key] })),
    ...(supply === null ? [] : [{ name: supply, doc: 'shares of the pool', range: [1e-300, 1e300] as const }]),
    ...(trades ? spec.assets : []).flatMap((asset) => [
      { name: paidSeries(asset), doc: 'paid in by trades', range: [0, 1e300] as const },
      { name: takenSeries(asset), doc: 'taken out by trades', range: [0, 1] as const },
    ]),
  ];
}

/** The series that a roll-out reads, each once. */
export const seriesNames = (spec: SeriesReader): string[] => [
  ...new Set([...readings(spec).map((r) => r.name), ...(spec.blocks ? bridgeSeries(spec.assets.length) : [])]),
];

/** Refuses a pool that cannot follow what the spec asks for. */
export function checkPoolSeries(spec: SeriesReader): void {
  const { parameters, trades } = poolSeries(spec);
  const declared = spec.pool.parameters(spec.settings);
  const strange = Object.keys(parameters).find((key) => declared[key]?.shape !== 'scalar');
  if (strange !== undefined) {
    const scalars = Object.keys(declared).filter((key) => declared[key].shape === 'scalar');
    throw new UserError(
      `rollout: a parameter of ${spec.pool.name} that is one number was expected to follow a series (${scalars.join(', ') || 'none'}), got ${strange}; name one of them`,
    );
  }
  if (trades && spec.pool.swap === undefined) {
    throw new UserError(
      `rollout: a pool that executes trades was expected, got ${spec.pool.name}; use one with a swap port, such as tfmm, or leave the trades out`,
    );
  }
}

/** Refuses data without a series that the spec reads, and numbers that make no sense there. */
export function checkSeries(spec: SeriesReader, data: Prices): void {
  for (const { name, range, doc } of readings(spec)) {
    const values = data.series?.[name];
    if (values === undefined) {
      const there = Object.keys(data.series ?? {});
      throw new UserError(
        `rollout: a series ${name} was expected in the data (${doc.replace(/\.$/, '')}), got ${there.join(', ') || 'none'}; add it with poolgrad data attach`,
      );
    }
    if (values.length !== data.rows) {
      throw new UserError(
        `rollout: ${data.rows} numbers of the series ${name} were expected, one a row, got ${values.length}; attach it anew`,
      );
    }
    const [low, high] = range;
    const bad = values.findIndex((x) => !(x >= low && x <= high));
    if (bad >= 0) {
      throw new UserError(
        `rollout: numbers in [${low}, ${high}] were expected in the series ${name}, got ${values[bad]} in row ${bad}; mend its file and attach it anew`,
      );
    }
  }
}

/** Whether a parameter is an amount, so that a share bears less of it the more shares there are. */
export const isAmount = (p: Parameter): boolean => p.role === 'amount';
