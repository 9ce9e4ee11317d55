/** Floor 5. The AMM challenge with a law of fees as a roll-out: scenarios are simulations of 10,000 steps. */
import { edge } from '../../kernels/competition/edge.js';
import type { FeeLaw } from '../../kernels/competition/law.js';
import { laws } from '../../kernels/competition/laws/index.js';
import { challengeMarket } from '../../kernels/competition/market.js';
import { ammChallenge } from '../../kernels/competition/system.js';
import type { Values } from '../export/solidity/calls.js';
import { createRollout } from '../rollout/compiled.js';
import type { Rollout } from '../rollout/rollout.js';
import type { SynchronousTarget } from '../targets/target.js';

/** Steps of a simulation, and the rows of its window. */
export const STEPS = 10_000;
export const ROWS = STEPS + 1;

export interface ChallengeOptions {
  readonly target: SynchronousTarget;
  readonly threads?: number;
  /** Of the draws, an integer in [0, 2^32). */
  readonly seed: number;
  /** Settings of the system and of the market that differ from those of the challenge. */
  readonly settings?: Readonly<Record<string, number>>;
  readonly market?: Readonly<Record<string, number>>;
}

export function challengeRollout(law: FeeLaw, options: ChallengeOptions): Rollout {
  const { target, threads, seed, settings = {}, market = {} } = options;
  return createRollout(
    {
      assets: ['X'],
      clock: { interval: 1000 },
      source: { kind: 'drawn', model: challengeMarket, settings: market, seed },
      system: ammChallenge,
      objective: edge,
      penalties: [],
      settings: { ...settings, law: laws.indexOf(law) },
    },
    null,
    target,
    { threads },
  );
}

export type { Values };

/** Values of a law by their names in a roll-out. */
export const named = (values: Values): Record<string, readonly number[]> =>
  Object.fromEntries(Object.entries(values).map(([name, x]) => [`${ammChallenge.name}.${name}`, numbersOf(x)]));

export const numbersOf = (x: number | readonly number[]): readonly number[] => (typeof x === 'number' ? [x] : x);

/** `count` scenarios from the number `from` on. */
export const scenarios = (from: number, count: number): Int32Array =>
  Int32Array.from({ length: count }, (_, i) => from + i);
