/** Floor 5. The registry of exporters by the name that `--to` takes, and the public names of this folder. */
import { balancerWeighted } from './balancer-weighted.js';
import type { Exporter } from './exporter.js';
import { hmmSolidity } from './hmm-solidity.js';
import { json } from './json.js';
import { quantamm } from './quantamm.js';
import { quantammsim } from './quantammsim.js';

export const exporters = {
  json,
  quantamm,
  'hmm-solidity': hmmSolidity,
  'balancer-weighted': balancerWeighted,
  quantammsim,
};

/** What `--to` takes: 'hjb' is of makers, the others of pools, json of both, and hmm-solidity also of compute markets. */
export const targetNames: readonly string[] = [...Object.keys(exporters), 'hjb', 'amm-challenge'];

/** The exporter of that name, whatever its form of pool is: what it makes goes back to it. */
export const exporterNamed = (name: string): Exporter<unknown> => exporters[name as keyof typeof exporters];

export type { Exporter, ExportOptions, ExportResult } from './exporter.js';
export { exportJsonSchema, type PoolDocument } from './json-schema.js';
export type { Provenance, TunedHmm, TunedPool, TunedRule, TunedRun } from './pool.js';
export { type PackedWeights, packWeights } from './quantamm-packing.js';
