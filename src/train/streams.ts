/**
 * Floor 5. The random streams of training. Every draw is a pure function of (seed, stream, step, index): no generator
 * state exists, so a resumed run draws what the uninterrupted one would have drawn.
 */
import { draw } from '../targets/runtime.js';

/** In the place of the lane, where roll-outs have numbers from 0 on: the streams never meet a lane's draws. */
export const STREAM = { starts: -1, windows: -2, donor: -3, noise: -4 } as const;

/** Uniforms in (0, 1), one after another, of one stream at one step. */
export function uniforms(seed: number, stream: number, step: number): () => number {
  let index = 0;
  return () => draw(seed, stream, step, index++);
}
