/**
 * Floor 5. What orders move the mid by, and what of it a config takes.
 *
 * Jumps are fitted beside a drift of the mid, which a config of one state leaves out: a jump that is told of no more than the
 * drift that offsets it would be a trend that the data do not have.
 */
import type { FlowFit } from '../../makers/order-flow.js';

/** Money; `error` is its standard error, null where it is not told. */
export interface Jump {
  readonly value: number;
  readonly error: number | null;
}

/** Adverse selection of both sides, whose orders come by themselves; null where a side has none. */
export function meanJump({ jumpAsk, jumpBid }: Pick<FlowFit, 'jumpAsk' | 'jumpBid'>): Jump | null {
  if (jumpAsk === null || jumpBid === null) return null;
  return { value: (jumpAsk.value + jumpBid.value) / 2, error: Math.hypot(jumpAsk.error, jumpBid.error) / 2 };
}

/** Above 0 by three errors. */
const isTold = (jump: Jump | null | undefined): jump is Jump =>
  jump !== null && jump !== undefined && jump.error !== null && jump.value > 3 * jump.error;

/**
 * The fall after a sell order and the rise after a buy order of a config: by side where both are told, else the mean where that
 * is told, else null.
 */
export function toldJumps(
  bid: Jump | null | undefined,
  ask: Jump | null | undefined,
  both: Jump | null | undefined,
): readonly [bid: Jump, ask: Jump] | null {
  if (isTold(bid) && isTold(ask)) return [bid, ask];
  return isTold(both) ? [both, both] : null;
}
