/** Floor 5½. A config made ready to run on the device that it names. */
import { availableParallelism } from 'node:os';
import { type OpenedConfig, openTarget } from '../config/index.js';
import type { Precision } from '../graph/index.js';
import { wasm } from '../targets/wasm/index.js';
import { type Session, sessionOn } from './prepared.js';

/**
 * @param training whether the config's sets and windows are to run side by side, which `auto` weighs, in the config's
 * precision; all else takes the first of the device's
 * @param asked a precision of training in place of the config's
 */
export async function openSession(
  opened: OpenedConfig,
  device?: string,
  training = false,
  asked?: Precision,
): Promise<Session> {
  const { config } = opened;
  const lanes = training ? config.train.sets * config.train.windows : 1;
  const precision = training ? (asked ?? config.run.precision) : undefined;
  const { target, why } = await openTarget(device ?? config.run.device, lanes, precision);
  const asConfigured = device === undefined;
  return sessionOn(opened, { target, why, precision, cores: availableParallelism(), drawing: wasm, asConfigured });
}
