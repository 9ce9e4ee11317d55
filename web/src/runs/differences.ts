/** Floor 7. What differs between two configs, by the paths of their entries. */

export interface Difference {
  /** `pool.fee.value` */
  readonly path: string;
  /** As one writes them; empty where there is no such entry. */
  readonly texts: readonly string[];
}

type Json = unknown;

/** Entries in which the documents differ, in alphabetical order. */
export function differences(documents: readonly Json[]): Difference[] {
  const flat = documents.map((document) => new Map(entriesOf(document, '')));
  const paths = [...new Set(flat.flatMap((entries) => [...entries.keys()]))].sort();
  return paths
    .map((path) => ({ path, texts: flat.map((entries) => entries.get(path) ?? '') }))
    .filter(({ texts }) => texts.some((text) => text !== texts[0]));
}

function entriesOf(value: Json, path: string): [string, string][] {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return Object.entries(value).flatMap(([key, item]) => entriesOf(item, path === '' ? key : `${path}.${key}`));
  }
  return [[path, typeof value === 'string' ? value : JSON.stringify(value)]];
}
