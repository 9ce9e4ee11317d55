/** Floor 5½. Files of jobs: what a session reads, so that no output replaces it, and notes on what was written. */
import type { ResolvedConfig } from '../config/index.js';
import { isModelPath } from '../config/registry.js';
import type { JobOutput } from './options.js';

/** The dataset of a config, and its models by path. */
export function inputsOf({ config: { dataFile, plain } }: { readonly config: ResolvedConfig }): string[] {
  const kinds = Object.values(plain).map((section) => (section as { readonly kind?: unknown } | null)?.kind);
  return [dataFile, ...kinds.filter((kind) => typeof kind === 'string').filter(isModelPath)];
}

/** With further notes: as lines of text, and in `notes` for machines. */
export function withNotes(output: JobOutput, further: readonly string[]): JobOutput {
  const { notes = [] } = output.json as { readonly notes?: readonly string[] };
  return {
    ...output,
    text: [output.text, ...further.map((note) => `note: ${note}`)].join('\n'),
    json: { ...output.json, notes: [...notes, ...further] },
  };
}
