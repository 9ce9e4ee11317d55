/** Floor 4. Names that people type or that files carry: the nearest known one, and what a name may be. */
import { closest } from 'fastest-levenshtein';

/** The known name nearest to `name` (edit distance, ignoring case). `known` must not be empty. */
export function nearestName(name: string, known: readonly string[]): string {
  const lower = known.map((k) => k.toLowerCase());
  return known[lower.indexOf(closest(name.toLowerCase(), lower))];
}

/** In words, what `isName` takes. */
export const NAME_RULE = 'a name of at most 64 letters, digits and signs of currencies, inside it also . _ + - / : @';

const NAME = /^[\p{L}\p{N}\p{Sc}][\p{L}\p{N}\p{M}\p{Sc}._+\-/:@]{0,63}$/u;

/**
 * Whether an asset or a series may be called so, wherever the name comes from: a flag, a config, a column of a dataset.
 * Such a name can be written in a config, in a list with commas and before `=`, and prints as what it is.
 */
export function isName(text: string): boolean {
  return NAME.test(text);
}
