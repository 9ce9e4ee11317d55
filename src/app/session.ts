/** Floor 5½. A config made ready to run on the device that it names. */
import { availableParallelism } from 'node:os';
import { type ChosenTarget, fastestOnCpu, type OpenedConfig, openForFigures, openTarget } from '../config/index.js';
import type { Precision } from '../graph/index.js';
import { precisionOf } from '../targets/precision.js';
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
  const { notes, ...chosen } = training
    ? { ...(await openTarget(device ?? config.run.device, lanes, precision)), notes: [] }
    : await openFor(device, config.run.device);
  const cores = availableParallelism();
  const asConfigured = device === undefined;
  // what long trainings are judged by goes over to native code
  const judges = training && precisionOf(chosen.target, precision) === 'float32';
  const exact = judges ? (await fastestOnCpu()).target : wasm;
  const session = sessionOn(opened, { ...chosen, precision, cores, exact, training, asConfigured });
  return { ...session, notes: [...notes, ...session.notes] };
}

/** The target for figures: the one that is asked for, else the config's, or in the place of one that only trains the CPU. */
async function openFor(
  asked: string | undefined,
  configured: string,
): Promise<ChosenTarget & { readonly notes: readonly string[] }> {
  if (asked !== undefined || configured !== 'webgpu') {
    return { ...(await openForFigures(asked ?? configured)), notes: [] };
  }
  const { target, why } = await fastestOnCpu('by name');
  return {
    target,
    why,
    notes: [`run.device: webgpu trains in float32; this is computed in float64 on ${target.name}`],
  };
}
