/** Floor 5. What is particular to a maker of one asset: its rivals, its quotes by inventory, what they are worth. */
import { policyNumber } from '../../../kernels/makers/policies/index.js';
import { quotedBy } from '../../../kernels/makers/quoted.js';
import { steppedValue } from '../../makers/discrete.js';
import type { MakerValues } from './market.js';
import { marketOfValues } from './market.js';
import { rivalsOf } from './rivals.js';
import type { Way } from './way.js';

type Settings = Readonly<Record<string, number>>;

export const oneAsset: Way = {
  slices: ({ states }) => Array.from({ length: states }, (_, j) => (states > 1 ? `state ${j}` : '')),
  rivals: (settings, values, dt, mids) => rivalsOf(settings, values, dt, mids[0]),
  shown(spec, layout, raw, values, dt) {
    const quotes = quotedBy(spec, layout, raw);
    return { quotes, lasting: lastingValue(quotes, values, spec.settings, dt) };
  },
  terminal: ({ alpha = [0] }, [q]) => alpha[0] * q ** 2,
};

/** Of quotes that change with time, or takers, or rates that are flat within the spread, no such figure is known here. */
function lastingValue(
  { bid, ask, take }: ReturnType<typeof quotedBy>,
  values: MakerValues,
  settings: Settings,
  dt: number,
): number | null {
  const changes = settings.policy === policyNumber('table') && settings.knots > 1;
  if (changes || settings.spread === 1 || take.flat().some((rate) => rate > 0)) return null;
  const { stepped } = marketOfValues(values, settings, dt);
  return steppedValue(stepped, { bid, ask }, settings.latency === 1 ? 1 : 0).value;
}
