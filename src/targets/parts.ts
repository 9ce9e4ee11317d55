/** Floor 1. Work in parts, between which its caller may show how far it is, hear Ctrl-C, or leave it. */

/**
 * Yields the share that is done, from 0 to 1, as far as it is known; returns the result. Who leaves it early (`return`)
 * makes it give back what it holds.
 */
export type Parts<T> = Generator<number, T, void>;

/** All parts, one straight after the other. */
export function allOf<T>(parts: Parts<T>): T {
  for (;;) {
    const next = parts.next();
    if (next.done === true) return next.value;
  }
}
