/** Floor 3. Price generators: processes that draw their prices step by step. */

import { gbm } from './gbm.js';
import type { Generator } from './generator.js';
import { hamiltonian } from './hamiltonian.js';
import { jumpDiffusion } from './jump-diffusion.js';
import { ou } from './ou.js';
import { ouJumps } from './ou-jumps.js';
import { priceDynamics } from './price-dynamics.js';

export { choleskyFactor, partialOf } from './correlation.js';
export { potentialOf } from './expression.js';
export type { Density, Generator, Hidden, Known } from './generator.js';
export { hamiltonianWith } from './hamiltonian.js';
export { type Potential, perRegime } from './potentials.js';
export { withRegimes } from './regimes.js';

export const generators: readonly Generator[] = [gbm, ou, jumpDiffusion, ouJumps, hamiltonian, priceDynamics];
