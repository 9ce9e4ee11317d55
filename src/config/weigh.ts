/** Floor 4. Whether a GPU is to be taken: what `auto` asks of one, and the one that WebGPU finds. */
import { UserError } from '../errors.js';
import type { Target } from '../targets/target.js';
import type { WebgpuTarget } from '../targets/webgpu/index.js';

/** A target that is to be taken, and why; or why not. */
export interface Weighed<T extends Target> {
  readonly target: T | null;
  readonly why: string;
}

/** As of any GPU in float32 (`leastLanes` of cuda); an estimate. */
const LEAST_LANES = 4096;

export const tooFew = (lanes: number, least: number) =>
  `a GPU pays off from ${least} lanes (sets × windows) on, these are ${lanes}`;
export const enough = (lanes: number, reason: string) => `for ${lanes} lanes (sets × windows) keep it busy: ${reason}`;

/** Whether `auto` takes a GPU by WebGPU, for training in float32: never a CPU that does a GPU's work. */
export async function weighWebgpu(lanes: number): Promise<Weighed<WebgpuTarget>> {
  if (lanes < LEAST_LANES) return { target: null, why: `webgpu: ${tooFew(lanes, LEAST_LANES)}` };
  const { target, why } = await trustedWebgpu();
  if (target === null) return { target, why: `webgpu: ${why}` };
  if (!target.adapter.isSoftware) return { target, why: enough(lanes, why) };
  target.dispose();
  return { target: null, why: `webgpu: ${why}` };
}

/** The GPU that WebGPU finds, once it has passed its self-test; or why there is none. */
export async function trustedWebgpu(): Promise<Weighed<WebgpuTarget>> {
  const { loadWebgpu } = await import('../targets/webgpu/load.js');
  const { nearlyRight } = await import('../targets/self-test.js');
  try {
    const target = await loadWebgpu();
    const wrong = await nearlyRight(target);
    if (wrong === null) return { target, why: (await target.probe()).reason };
    target.dispose();
    return { target: null, why: `${target.adapter.name} is not to be trusted: ${wrong}` };
  } catch (error) {
    if (error instanceof UserError) return { target: null, why: error.message.replace('webgpu: ', '') };
    throw error;
  }
}
