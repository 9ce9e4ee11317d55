/** Floor 5. Kinds of cases about the compute market. */
import type { NamedCheck } from '../named.js';
import { LEDGER_KINDS } from './ledgers.js';
import { MARKET_KINDS } from './market.js';
import { ROUTE_KINDS } from './routes.js';
import { SMALL_KINDS } from './small.js';
import { TRADE_KINDS } from './trades.js';

export const COMPUTE_KINDS: Readonly<Record<string, NamedCheck>> = {
  ...MARKET_KINDS,
  ...ROUTE_KINDS,
  ...TRADE_KINDS,
  ...LEDGER_KINDS,
  ...SMALL_KINDS,
};
