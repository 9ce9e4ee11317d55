/** Floor 1. Work in parts, between which its caller may show how far it is, hear Ctrl-C, or leave it. */
import { setImmediate as nextTurn } from 'node:timers/promises';

/**
 * Yields the share that is done, from 0 to 1, as far as it is known; returns the result. Who leaves it early (`return`)
 * makes it give back what it holds.
 */
export type Resumable<T> = Generator<number, T, void>;

/** What cannot be cut. */
// biome-ignore lint/correctness/useYield: it has no part before its end
export function* atOnce<T>(work: () => T): Resumable<T> {
  return work();
}

/** Work that counts for so little beside other work that the share stands still meanwhile. */
export function* atShare<T>(share: 0 | 1, parts: Resumable<T>): Resumable<T> {
  try {
    for (;;) {
      const next = parts.next();
      if (next.done === true) return next.value;
      yield share;
    }
  } finally {
    parts.return(undefined as T);
  }
}

/** All parts, one straight after the other. */
export function toEnd<T>(parts: Resumable<T>): T {
  for (;;) {
    const next = parts.next();
    if (next.done === true) return next.value;
  }
}

export interface Turns {
  /** Once aborted, the parts are left. */
  readonly signal?: AbortSignal;
  readonly onShare?: (share: number) => void;
  /** Asked between parts; what it gives is waited for, so that work can pause. */
  readonly hold?: () => PromiseLike<void> | undefined;
}

/** The parts with a turn of the event loop behind each; null where the signal was aborted before the end. */
export async function withTurns<T>(parts: Resumable<T>, { signal, onShare, hold }: Turns): Promise<T | null> {
  try {
    for (;;) {
      const next = parts.next();
      if (next.done === true) return next.value;
      onShare?.(next.value);
      await nextTurn();
      await hold?.();
      if (signal?.aborted === true) return null;
    }
  } finally {
    parts.return(undefined as T);
  }
}
