/** Floor 5. Kinds of cases about makers who quote. */
import { CALIBRATED_KINDS } from './makers-calibrated.js';
import { SEED_KINDS } from './makers-seed.js';
import { SIMULATED_KINDS } from './makers-simulated.js';
import { SOLVED_KINDS } from './makers-solved.js';
import type { NamedCheck } from './named.js';

export const MAKER_KINDS: Readonly<Record<string, NamedCheck>> = {
  ...SEED_KINDS,
  ...SOLVED_KINDS,
  ...SIMULATED_KINDS,
  ...CALIBRATED_KINDS,
};
