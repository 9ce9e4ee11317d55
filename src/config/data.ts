/** Floor 4. The section data: rows of a dataset and how they are split, or a process and the scenarios that it draws. */
import type { z } from 'zod';
import type { Generator } from '../../kernels/prices/index.js';
import { durationOf, formatDuration } from '../data/time.js';
import type { SplitSpec } from '../data/windows.js';
import { type Clock, rowsPerDay } from '../rollout/clock.js';
import type { ObjectiveModel } from '../rollout/model.js';
import { fewestRows } from '../rollout/spec.js';
import { ConfigError } from './explain.js';
import type { ResolvedModel } from './models.js';
import { checkAssets } from './relations.js';
import type { drawnSection, splitSection } from './sections.js';

export interface RecordedData {
  readonly kind: 'recorded';
  /** Seen from the working directory. */
  readonly file: string;
  /** What splitRows takes. */
  readonly split: SplitSpec;
}

export interface DrawnData {
  readonly kind: 'drawn';
  readonly model: ResolvedModel<Generator>;
  /** Milliseconds of a step. */
  readonly interval: number;
  readonly seed: number;
  /** How many for each purpose. */
  readonly scenarios: { readonly train: number; readonly validation: number; readonly test: number };
  /** Rows before each of them, for a pool's estimators. */
  readonly burnInRows: number;
}

/** Rows of a scenario: its steps, and the row that they start from. */
export function rowsOfScenario({ interval, scenarios: { length } }: z.output<typeof drawnSection>): number {
  const step = durationOf(interval) as number;
  if (typeof length === 'number') return length + 1;
  const steps = (durationOf(length) as number) / step;
  if (Number.isInteger(steps)) return steps + 1;
  throw new ConfigError(
    ['data', 'scenarios', 'length'],
    `expected a multiple of the interval ${interval}, got ${length}; take ${formatDuration(Math.max(1, Math.floor(steps)) * step)}, or another interval`,
  );
}

/** Rows before a scenario, for a pool's estimators: of 10 days with a rule, of none without. */
export function burnInOf({ interval, scenarios: { burnIn } }: z.output<typeof drawnSection>, hasRule: boolean): number {
  if (typeof burnIn === 'number') return burnIn;
  if (burnIn === undefined && !hasRule) return 0;
  return Math.ceil((durationOf(burnIn ?? BURN_IN) as number) / (durationOf(interval) as number));
}

const BURN_IN = '10d';

/** Refuses scenarios over which a model is not defined. */
export function checkScenarioRows(rows: number, interval: number, models: readonly ObjectiveModel[]): void {
  for (const model of models) {
    const least = fewestRows(model, { interval });
    if (rows >= least) continue;
    throw new ConfigError(
      ['data', 'scenarios', 'length'],
      `expected at least ${formatDuration((least - 1) * interval)} (${least - 1} steps) for ${model.name}, got ${rows - 1} steps; lengthen the scenarios or take another objective`,
    );
  }
}

/** Assets of the config, each named once, and of those that there are where a dataset says so. */
export function assetsOfData(named: readonly string[] | undefined, available: readonly string[] | null): string[] {
  const assets = [...(named ?? available ?? [])];
  checkAssets(assets, available ?? assets);
  return assets;
}

export function splitSpec(
  split: z.output<typeof splitSection>,
  windowRows: number,
  models: readonly ObjectiveModel[],
  clock: Clock,
): SplitSpec {
  const { burnInDays, ...shares } = split;
  const sum = shares.train + shares.validation + shares.test;
  if (Math.abs(sum - 1) > 1e-9 || shares.train === 0) {
    const got = `${shares.train} + ${shares.validation} + ${shares.test} = ${Number(sum.toPrecision(6))}`;
    throw new ConfigError(
      ['split'],
      `expected train > 0, and train, validation and test to add up to 1, got ${got}; change one of them`,
    );
  }
  return {
    ...shares,
    burnInRows: Math.round(burnInDays * rowsPerDay(clock)),
    windowRows,
    minRows: Math.max(...models.map((model) => fewestRows(model, clock))),
  };
}
