/** Floor 5. Kinds of cases about makers who quote. */
import { SOLVED_KINDS } from './makers-solved.js';
import type { NamedCheck } from './named.js';

export const MAKER_KINDS: Readonly<Record<string, NamedCheck>> = { ...SOLVED_KINDS };
