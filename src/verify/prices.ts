/** Floor 5. Kinds of cases about price generators: paths and gradients by roll-outs, closed forms on plain numbers. */
import { crate } from './crate.js';
import { DIFFUSION_KINDS } from './diffusions.js';
import type { NamedCheck } from './named.js';
import { PHASE_KINDS } from './phase.js';
import { REGIME_KINDS } from './regimes.js';

export const PRICE_KINDS: Readonly<Record<string, NamedCheck>> = {
  ...PHASE_KINDS,
  ...DIFFUSION_KINDS,
  ...REGIME_KINDS,
  crate,
};
