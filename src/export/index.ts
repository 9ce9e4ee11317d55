/** Floor 5. The registry of exporters by the name that `--to` takes, and the public names of this folder. */
import { balancerWeighted } from './balancer-weighted.js';
import type { Exporter } from './exporter.js';
import { hmmSolidity } from './hmm-solidity.js';
import { json } from './json.js';
import { quantamm } from './quantamm.js';
import { quantammsim } from './quantammsim.js';

export const exporters: Readonly<Record<string, Exporter>> = {
  [json.name]: json,
  [quantamm.name]: quantamm,
  [hmmSolidity.name]: hmmSolidity,
  [balancerWeighted.name]: balancerWeighted,
  [quantammsim.name]: quantammsim,
};

export type { Exporter, ExportOptions, ExportResult } from './exporter.js';
export { exportJsonSchema } from './json-schema.js';
export type { Provenance, TunedHmm, TunedPool, TunedRule, TunedRun } from './pool.js';
export { type PackedWeights, packWeights } from './quantamm-packing.js';
