/** Floor 3. Quoting policies by name. */
import { affine } from './affine.js';
import { heuristic } from './heuristic.js';
import { network } from './network.js';
import type { Policy } from './policy.js';
import { table } from './table.js';

export const policies: readonly Policy[] = [table, affine, heuristic, network];

/** What the setting `policy` is for one of them. */
export const policyNumber = (name: Policy['name']): number => policies.findIndex((p) => p.name === name);
