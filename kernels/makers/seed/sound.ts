/**
 * Floor 3. What the framework's controls are worth by the sound objective, in the framework's own market: spread captured less
 * φq², a second, in the long run (src/makers). That is a figure in money; the framework's own value of a control is none.
 */
import { valueOfPolicy } from '../../../src/makers/long-run.js';
import { basisPoint, fromBps, type MarketInBps } from '../../../src/makers/market-bps.js';
import { singleAsset } from '../../../src/makers/problem.js';
import { tablePolicy } from '../../../src/makers/quotes.js';
import type { ControlVector } from './control.js';

/** The units that a control may take a second where it is valued; above all rates that the framework knows. */
const ANY_RATE = 1;

/**
 * The long-run value of controls by inventory, from −maxInventory to maxInventory, a second. Takers pay Δ/2 and the fee.
 * Throws a SingularError where nothing leads from one inventory to another.
 */
export function soundValue(
  market: Omit<MarketInBps, 'taker'>,
  feeBps: number,
  controls: readonly ControlVector<number>[],
): number {
  const bp = basisPoint(market.midPrice);
  const problem = singleAsset(fromBps({ ...market, taker: { feeBps, rate: ANY_RATE } }));
  const table = {
    bid: controls.map((c) => c.bidBps * bp),
    ask: controls.map((c) => c.askBps * bp),
  };
  const taking = { buy: controls.map((c) => c.takerBuy), sell: controls.map((c) => c.takerSell) };
  return valueOfPolicy(problem, tablePolicy(problem, table, taking), market.maxInventory).value;
}
