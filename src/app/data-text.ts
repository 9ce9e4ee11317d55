/** Floor 5½. What a session's data are, in words. */
import type { ResolvedConfig } from '../config/index.js';
import type { Dataset } from '../data/dataset.js';
import { formatDuration } from '../data/time.js';
import { type Clock, MINUTES } from '../rollout/model.js';
import type { FixedWindows } from '../train/windows.js';
import type { Session } from './session.js';

/** `BTC, ETH: 525600 minutes`; of what is drawn, by what and how long a step is. */
export function dataText({ assets, data }: ResolvedConfig, dataset: Dataset | null): string {
  const names = assets.join(', ');
  if (data.kind === 'recorded') return `${names}: ${dataset?.rows} ${rowsWord(dataset?.interval)}`;
  const { train, validation, test } = data.scenarios;
  return `${names} drawn by ${data.model.kind} every ${formatDuration(data.interval)}: ${train} scenarios to train, ${validation} to choose, ${test} to test`;
}

/** `4 windows of 28800 minutes`, of an iteration. */
export function lanesText({ train, windowRows, data }: ResolvedConfig, { interval }: Clock): string {
  if (data.kind === 'recorded') return `${train.windows} windows of ${windowRows} ${rowsWord(interval)}`;
  return `${Math.min(train.windows, data.scenarios.train)} scenarios of ${windowRows - 1} steps`;
}

/** `24 fresh scenarios of 120 steps` */
export function windowsText({ config, clock }: Session, { windows, windowRows }: FixedWindows): string {
  const count = windows.length;
  if (config.data.kind === 'drawn') {
    return `${count} fresh ${count === 1 ? 'scenario' : 'scenarios'} of ${windowRows - 1} steps`;
  }
  return `${count} ${count === 1 ? 'window' : 'windows'} of ${windowRows} ${rowsWord(clock.interval)} of the test split`;
}

const rowsWord = (interval: number | undefined): string => (interval === MINUTES.interval ? 'minutes' : 'rows');
