/** Floor 5½. What an export of a checkpoint is called, beside it. */

/** @param extension with or without its dot */
export function exportName(checkpoint: string, to: string, extension: string): string {
  // x.json.json would say nothing
  const what = to === 'json' ? 'pool' : to;
  return `${checkpoint.replace(/\.json$/, '')}.${what}.${extension.replace(/^\./, '')}`;
}
