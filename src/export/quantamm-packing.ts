/**
 * Floor 5. The chain's storage of weights: QuantAMM keeps each weight and each multiplier (weight change per second)
 * as an int32 in units of 1e-9. Both divisions on the way, by the interval and by 1e9, cut towards zero, so a pool
 * always moves less than its rule asked for.
 */
import { UserError } from '../errors.js';
import { fromFixedPoint, ratioToNumber, toFixedPoint } from './fixed-point.js';

/** One stored unit, 1e-9, in 18-decimal fixed point. */
export const PACKED_UNIT = 10n ** 9n;

export interface PackedWeights {
  /** stored start weights, units of 1e-9 */
  readonly weights: bigint[];
  /** stored multipliers, units of 1e-9 per second */
  readonly multipliers: bigint[];
  /** the weights that the pool has after the interval */
  readonly realised: number[];
  /** part of each weight change that packing loses, in [0, 1]; 0 where there was no change */
  readonly lost: number[];
}

/**
 * The stored multiplier of a weight change (18-decimal fixed point) over `interval` seconds, in units of 1e-9/s.
 * BigInt division cuts towards zero, as the contract's does.
 */
export function packMultiplier(change: bigint, interval: bigint): bigint {
  return change / interval / PACKED_UNIT;
}

/** Part of a weight change that the packed multiplier does not make, in [0, 1]; both in 18-decimal fixed point. */
function lostFraction(change: bigint, made: bigint): number {
  if (change === 0n) return 0;
  const [wanted, missed] = change < 0n ? [-change, made - change] : [change, change - made];
  return ratioToNumber(missed, wanted);
}

/**
 * Packs one update of a pool as the chain stores it. Example: a change of 3e-4 over 86,400 s packs to 3 units, and
 * 13.6 % of it is lost.
 * @param current weights at the update, in [0, 1]
 * @param target weights that the rule asks for at the end of the interval, in [0, 1]
 * @param updateInterval whole seconds, > 0
 * @throws UserError for other input
 */
export function packWeights(
  current: readonly number[],
  target: readonly number[],
  updateInterval: number,
): PackedWeights {
  if (current.length !== target.length) {
    throw new UserError(
      `pack weights: expected as many targets as weights (${current.length}), got ${target.length}; give one an asset`,
    );
  }
  const interval = wholeSeconds(updateInterval);
  const packed: PackedWeights = { weights: [], multipliers: [], realised: [], lost: [] };
  for (let i = 0; i < current.length; i++) {
    const from = weightToFixedPoint(current[i]);
    const change = weightToFixedPoint(target[i]) - from;
    const multiplier = packMultiplier(change, interval);
    const made = multiplier * interval * PACKED_UNIT;
    const weight = from / PACKED_UNIT;
    packed.weights.push(weight);
    packed.multipliers.push(multiplier);
    packed.realised.push(fromFixedPoint(weight * PACKED_UNIT + made));
    packed.lost.push(lostFraction(change, made));
  }
  return packed;
}

/**
 * What packing does to a weight change of a given size.
 * @param change size of the change, in (0, 1]
 * @returns the stored units and the part that is lost
 */
export function packingLoss(change: number, updateInterval: number): { units: bigint; lost: number } {
  const interval = wholeSeconds(updateInterval);
  const wanted = weightToFixedPoint(change);
  const units = packMultiplier(wanted, interval);
  return { units, lost: lostFraction(wanted, units * interval * PACKED_UNIT) };
}

function wholeSeconds(updateInterval: number): bigint {
  if (!Number.isSafeInteger(updateInterval) || updateInterval <= 0) {
    throw new UserError(
      `pack weights: the update interval must be whole seconds above 0, got ${updateInterval}; use chunkPeriod × 60`,
    );
  }
  return BigInt(updateInterval);
}

function weightToFixedPoint(weight: number): bigint {
  if (!(weight >= 0 && weight <= 1)) {
    throw new UserError(`pack weights: a weight must be in [0, 1], got ${weight}; normalise the weights first`);
  }
  return toFixedPoint(weight);
}
