/** Floor 5½. Files of jobs: what a session reads, so that no output replaces it, and notes on what was written. */
import type { JobOutput } from './options.js';
import type { Session } from './prepared.js';

/** The dataset of a session, and the files of its models. */
export const inputsOf = ({ config, code }: Pick<Session, 'config' | 'code'>): string[] => [
  ...(config.data.kind === 'recorded' ? [config.data.file] : []),
  ...code.map(({ path }) => path),
];

/** With further notes: as lines of text, and in `notes` for machines. */
export function withNotes(output: JobOutput, further: readonly string[]): JobOutput {
  const { notes = [] } = output.json as { readonly notes?: readonly string[] };
  return {
    ...output,
    text: [output.text, ...further.map((note) => `note: ${note}`)].join('\n'),
    json: { ...output.json, notes: [...notes, ...further] },
  };
}
