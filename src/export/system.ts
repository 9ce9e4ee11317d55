/** Floor 5. Export `json` of a system that is no pool: its parameters as plain numbers with units, whatever it is. */
import type { ParameterLayout } from '../rollout/layout.js';
import type { RolloutSpec } from '../rollout/spec.js';
import { writeDocument } from './document.js';

/** Where a set came from. */
export interface SystemProvenance {
  /** sha256 of the checkpoint file. */
  readonly checkpoint: string;
  /** poolgrad's version that trained it. */
  readonly version: string;
  readonly created: string;
  /** Objective of the set where it was chosen. */
  readonly choice: { readonly step: number; readonly split: 'validation' | 'train'; readonly value: number };
}

/**
 * A trained set for any consumer; doubles survive the round trip to the bit, and a raw number that is infinite, as that of a
 * value at the end of its range, is null.
 */
export function systemDocument(
  { system, source, objective, assets, clock, settings }: RolloutSpec,
  layout: ParameterLayout,
  raw: Float64Array,
  provenance: SystemProvenance,
): string {
  const values = layout.values(raw);
  const parameters = layout.entries.map(({ name, column, size, labels, parameter }) => [
    name,
    {
      value: values[name],
      raw: Array.from(raw.subarray(column, column + size)),
      labels,
      unit: parameter.unit,
      doc: parameter.doc,
    },
  ]);
  const document = {
    format: 'poolgrad/system',
    formatVersion: 1,
    system: { name: system.name, doc: system.doc, settings },
    assets,
    intervalMs: clock.interval,
    ...(source.kind === 'drawn' ? { source: { name: source.model.name, settings: source.settings } } : {}),
    objective: objective.name,
    parameters: Object.fromEntries(parameters),
    provenance,
  };
  return writeDocument(document);
}
