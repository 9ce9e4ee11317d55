/** Floor 5. What the service takes: the shape of every order, checked before the market sees it. */
import { z } from 'zod';

const number = z.number({ error: 'expected a number' });
const amounts = z.record(z.string(), number, { error: 'expected numbers by name' });
const words = z.union([z.string(), z.array(z.string())], { error: 'expected a name or a list of names' });

const sla = z.strictObject(
  {
    latencyMs: number.positive({ error: 'expected a time above 0' }).optional(),
    region: words.optional(),
    tier: words.optional(),
  },
  { error: 'expected latencyMs, region, tier' },
);

const buy = { deltaTheta: amounts.optional(), need: amounts.optional(), sla: sla.optional() };
const provider = z
  .string({ error: 'expected a name' })
  .min(1, { error: 'expected a name' })
  .max(200, { error: 'expected a name of at most 200 letters' });

/** By the name of the call. */
export const bodies = {
  quoteBuy: z.strictObject(buy),
  swap: z.strictObject({ ...buy, minPsi: amounts.optional(), maxTheta: amounts.optional() }),
  quoteSell: z.strictObject({ deltaPsi: amounts }),
  sell: z.strictObject({ deltaPsi: amounts, minTheta: amounts.optional() }),
  addLiquidity: z.strictObject({ deltaPsi: amounts, deltaTheta: amounts, provider }),
  removeLiquidity: z.strictObject({ shares: amounts, provider }),
};
