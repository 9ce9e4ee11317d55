/** Floor 3. The market of several assets on plain numbers, for what solves and measures it. */
import type { ManyAssets } from '../../../src/makers/problem.js';
import { limitsOf } from './grid.js';
import { riskOf } from './start.js';

/** @param values by their names within the maker */
export function manyMarketOf(
  settings: Readonly<Record<string, number>>,
  values: Readonly<Record<string, readonly number[]>>,
): Pick<ManyAssets, 'assets' | 'risk' | 'rebate'> {
  const { jumpBid = [], jumpAsk = [] } = values;
  return {
    assets: limitsOf(settings).map((limits, i) => ({
      ...limits,
      ...{ lambdaBid: values.lambdaBid[i], lambdaAsk: values.lambdaAsk[i] },
      ...{ kappaBid: values.kappaBid[i], kappaAsk: values.kappaAsk[i], drift: values.drift[i] },
      ...{ jumpBid: jumpBid[i] ?? 0, jumpAsk: jumpAsk[i] ?? 0 },
    })),
    risk: riskOf(values),
    rebate: values.rebate[0],
  };
}
