/** Floor 3. The laws of fees of the challenge, by their names. */
import type { FeeLaw } from '../law.js';
import { fixed, fixedSides } from './fixed.js';
import { network } from './network.js';
import { oracle } from './oracle.js';
import { posterior } from './posterior.js';
import { recentre, smoothRecentre } from './recentre.js';
import { rival } from './rival.js';
import { spike } from './spike.js';
import { table } from './table.js';

/** In the order of their numbers in the setting `law`: new ones come last. */
export const laws: readonly FeeLaw[] = [
  fixed,
  fixedSides,
  spike,
  recentre,
  smoothRecentre,
  posterior,
  oracle,
  rival,
  table,
  network,
];
