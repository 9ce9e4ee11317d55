/**
 * Floor 5. The lines of a log: each carries a hash of all that stands before it and of itself, so that a line that is damaged, left
 * out or cut off is told from one that was written.
 */
import { createHash } from 'node:crypto';

const DIGITS = 16;

/** The hash before the first line. */
export const START = '0'.repeat(DIGITS);

/** Of the chain so far and the next text, which has no line break. */
export const linkOf = (before: string, text: string): string =>
  createHash('sha256').update(before).update(text).digest('hex').slice(0, DIGITS);

export const lineOf = (link: string, text: string): string => `${link}\t${text}\n`;

/** The text of a line without its end; null where it does not follow on `before`. */
export function textOf(before: string, line: string): { readonly link: string; readonly text: string } | null {
  const [link, text] = [line.slice(0, DIGITS), line.slice(DIGITS + 1)];
  return line[DIGITS] === '\t' && linkOf(before, text) === link ? { link, text } : null;
}
