/**
 * Floor 5. What the Hyperliquid HJB framework calls validation: its heuristic beside its grid, in a state of the market. And
 * what both are worth by the sound objective, which is the figure that means something.
 */
import {
  type ControlVector,
  evaluate,
  heuristic,
  optimize,
  type StateVector,
} from '../../../kernels/makers/seed/index.js';
import { soundValue } from '../../../kernels/makers/seed/sound.js';
import { longRun } from '../../makers/long-run.js';
import { fromBps } from '../../makers/market-bps.js';
import { singleAsset } from '../../makers/problem.js';
import { gapOf, WIDE_GAP } from './gap.js';
import type { TunerInput } from './tuner.js';

/** Money a second, in the long run, in a market that stays as it is: spread captured less φq². */
export interface SoundComparison {
  readonly heuristic: number;
  readonly grid: number;
  readonly optimum: number;
}

export interface Validation {
  readonly state: StateVector<number>;
  readonly heuristic: ControlVector<number>;
  readonly grid: ControlVector<number>;
  /** By `evaluate_control`. */
  readonly heuristicValue: number;
  readonly gridValue: number;
  /** (grid − heuristic)/|grid|; null where the grid's value is 0. */
  readonly gap: number | null;
  /** Whether the gap is above the framework's limit. */
  readonly isWide: boolean;
  /** Null where the market has one side only, or more than a few hundred inventories. */
  readonly sound: SoundComparison | null;
}

/** Inventories of the sound comparison: a dense system of as many unknowns. */
const MOST_INVENTORY = 200;

/** Values heuristic and grid in one state. */
export function validate(given: TunerInput): Validation {
  const { state, baseBps, maxInventory, tuning, hjb, value } = given;
  const rule = heuristic.of({ state, baseBps, maxInventory, tuning }).control;
  const best = optimize.of({ hjb, state, value, baseBps });
  const heuristicValue = evaluate.of({ hjb, state, value, control: rule }).total;
  const gap = gapOf(heuristicValue, best.value);
  return {
    state,
    heuristic: rule,
    grid: best.control,
    heuristicValue,
    gridValue: best.value,
    gap,
    isWide: gap !== null && gap > WIDE_GAP,
    sound: soundComparison(given),
  };
}

function soundComparison({ state, baseBps, maxInventory, tuning, hjb, value }: TunerInput): SoundComparison | null {
  const { midPrice, spreadBps, imbalance } = state;
  const within = Number.isInteger(maxInventory) && maxInventory >= 1 && maxInventory <= MOST_INVENTORY;
  if (!within || !(imbalance > 0 && imbalance < 1) || !(midPrice > 0) || !(hjb.lambdaBase > 0)) return null;
  const { lambdaBase, beta, phi, takerFeeBps } = hjb;
  const market = { midPrice, spreadBps, imbalance, lambdaBase, beta, phi, maxInventory };
  const states = Array.from({ length: 2 * maxInventory + 1 }, (_, i) => ({ ...state, inventory: i - maxInventory }));
  const rule = states.map((s) => heuristic.of({ state: s, baseBps, maxInventory, tuning }).control);
  const grid = states.map((s) => optimize.of({ hjb, state: s, value, baseBps }).control);
  const worth = (controls: readonly ControlVector<number>[]) => soundValue(market, takerFeeBps, controls);
  const optimum = longRun(singleAsset(fromBps(market)), maxInventory).value;
  return { heuristic: worth(rule), grid: worth(grid), optimum };
}
