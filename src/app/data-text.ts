/** Floor 5½. What a session's data are, in words. */
import type { ResolvedConfig } from '../config/index.js';
import type { Dataset } from '../data/dataset.js';
import { formatDuration, stepsText } from '../data/time.js';
import type { FixedWindows } from '../train/windows.js';
import type { Session } from './prepared.js';

/** `BTC, ETH: 525600 minutes`; of what is drawn, by what and how long a step is. */
export function dataText({ assets, data, clock }: ResolvedConfig, dataset: Dataset | null): string {
  const names = assets.join(', ');
  if (data.kind === 'recorded') return `${names}: ${stepsText(dataset?.rows ?? 0, clock.interval)}`;
  const { train, validation, test } = data.scenarios;
  return `${names} drawn by ${data.model.kind} every ${formatDuration(data.interval)}: ${train} scenarios to train, ${validation} to choose, ${test} to test`;
}

/** `4 windows of 28800 minutes`, of an iteration. */
export function lanesText({ train, windowRows, data, clock }: ResolvedConfig): string {
  if (data.kind === 'recorded') return `${train.windows} windows of ${stepsText(windowRows, clock.interval)}`;
  return `${Math.min(train.windows, data.scenarios.train)} scenarios of ${windowRows - 1} steps`;
}

/** `24 fresh scenarios of 120 steps` */
export function windowsText({ config }: Session, { windows, windowRows }: FixedWindows): string {
  const count = windows.length;
  if (config.data.kind === 'drawn') {
    return `${count} fresh ${count === 1 ? 'scenario' : 'scenarios'} of ${windowRows - 1} steps`;
  }
  return `${count} ${count === 1 ? 'window' : 'windows'} of ${stepsText(windowRows, config.clock.interval)} of the test split`;
}
