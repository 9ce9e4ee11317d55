/** Floor 7. What is simulated: a pool with its parameters, its rival, and the rows. */
import { constantRival, initialRaw, type PoolRollout } from 'poolgrad/browser';
import type { Part } from '../state.js';
import type { Opened } from './opened.js';
import { rivalRolloutOf, rolloutOf } from './rollouts.js';

export interface SimulatedPart {
  readonly part: Part;
  /** Whose price the trading curve varies; the first where there are fewer. */
  readonly asset: number;
}

/** A roll-out with parameters. */
export interface Walked {
  readonly rollout: PoolRollout;
  readonly raw: Float64Array;
}

export interface Stage {
  readonly of: Opened;
  readonly own: Walked;
  /** The pool whose shape does not move; null where there is none, or it is the pool itself. */
  readonly rival: { readonly name: string; readonly note: string; readonly walked: Walked } | null;
  /** Where pools start: before the part where a rule runs through all splits. */
  readonly first: number;
  /** Rows [from, to) of the part. */
  readonly range: readonly [from: number, to: number];
  readonly asset: number;
}

export function stageOf(of: Opened, { part, asset }: SimulatedPart): Stage {
  const { split, spec, dataset, config, layout } = of;
  const range = part === 'all' ? ([split.train[0], dataset.rows] as const) : split[part];
  const first = spec.rule === null ? range[0] : split.train[0];
  const own = { rollout: rolloutOf(of), raw: initialRaw(config, layout) };
  return {
    of,
    own,
    rival: rivalOf(of, own, [first, range[1]]),
    first,
    range,
    asset: Math.min(asset, spec.assets.length - 1),
  };
}

function rivalOf(of: Opened, { rollout, raw }: Walked, [first, to]: readonly [number, number]): Stage['rival'] {
  const { spec, layout } = of;
  if (spec.pool.name === 'constant-weight') return null;
  // of the first row alone
  const { weights, reserves } = rollout.trajectory(raw, first, to - first, to - first);
  const rival = constantRival({ spec, layout, raw, initial: raw, width: reserves.length, weights });
  if (rival === null) return null;
  const its = rival.spec === spec ? rollout : rivalRolloutOf(of, rival.spec);
  return { name: rival.name, note: rival.note, walked: { rollout: its, raw: rival.raws(its.layout) } };
}
