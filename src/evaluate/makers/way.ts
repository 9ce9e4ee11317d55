/** Floor 5. What differs between makers of one asset and of several, when they are evaluated. */
import type { Quoted } from '../../../kernels/makers/quoted.js';
import type { ParameterLayout } from '../../rollout/layout.js';
import type { RolloutSpec } from '../../rollout/spec.js';
import type { MakerValues } from './market.js';

export interface Rival {
  readonly name: string;
  readonly settings: Readonly<Record<string, number>>;
  readonly values: MakerValues;
}

export interface Shown {
  /** Rows [slice][inventory, from the least on]. */
  readonly quotes: Quoted;
  /** What the table is worth a second in the long run, at the simulation's steps; null where no such figure is known. */
  readonly lasting: number | null;
}

type Settings = Readonly<Record<string, number>>;

export interface Way {
  /** What the rows of quotes are: states of the market; or an asset, and what is held of the others. */
  readonly slices: (settings: Settings, assets: readonly string[]) => readonly string[];
  /** @param mids at the start, of each asset: what basis points are of */
  readonly rivals: (settings: Settings, values: MakerValues, dt: number, mids: readonly number[]) => readonly Rival[];
  readonly shown: (
    spec: Pick<RolloutSpec, 'settings' | 'assets' | 'clock'>,
    layout: ParameterLayout,
    raw: Float64Array,
    values: MakerValues,
    dt: number,
  ) => Shown;
  /** The penalty of inventories at the end. */
  readonly terminal: (values: MakerValues, q: readonly number[]) => number;
}
