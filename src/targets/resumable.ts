/** Floor 1. Work in parts, between which its caller may show how far it is, wait for a device, hear Ctrl-C, or leave it. */
import { nextTurn } from './turn.js';

/**
 * Yields the share that is done, from 0 to 1, as far as it is known, or a promise that has to settle before it goes on: what
 * that is rejected with is thrown where it was yielded. Returns the result. Who leaves it early (`return`) makes it give back
 * what it holds.
 */
export type Resumable<T> = Generator<number | PromiseLike<unknown>, T, void>;

/** What cannot be cut. */
// biome-ignore lint/correctness/useYield: it has no part before its end
export function* atOnce<T>(work: () => T): Resumable<T> {
  return work();
}

/** What a promise comes to; throws what it is rejected with. */
export function* waitFor<T>(promise: PromiseLike<T>): Resumable<T> {
  let came: { readonly value: T } | null = null;
  const known = () => came;
  yield promise.then((value) => {
    came = { value };
  });
  const found = known();
  if (found === null) throw new TypeError('resumable: a promise was expected to have settled before the next part');
  return found.value;
}

/** Work that counts for so little beside other work that the share stands still meanwhile. */
export const atShare = <T>(share: 0 | 1, parts: Resumable<T>): Resumable<T> => showing(parts, () => share);

/** The same work, with another share told in the place of its own. */
export function* showing<T>(parts: Resumable<T>, shown: (share: number) => number): Resumable<T> {
  let failed: { readonly error: unknown } | null = null;
  try {
    for (;;) {
      const next = failed === null ? parts.next() : parts.throw(failed.error);
      if (next.done === true) return next.value;
      failed = null;
      try {
        yield typeof next.value === 'number' ? shown(next.value) : next.value;
      } catch (error) {
        failed = { error };
      }
    }
  } finally {
    parts.return(undefined as T);
  }
}

/** All parts, one straight after the other. Throws a TypeError where one has to be waited for, and leaves the others. */
export function toEnd<T>(parts: Resumable<T>): T {
  for (;;) {
    const next = parts.next();
    if (next.done === true) return next.value;
    if (typeof next.value === 'number') continue;
    // nobody else waits for it
    next.value.then(undefined, () => {});
    parts.return(undefined as T);
    throw new TypeError(
      'resumable: a device that answers at once was expected, got one that answers later (webgpu); take `resumable` and `withTurns`',
    );
  }
}

export interface Turns {
  /** Once aborted, the parts are left; not before what they wait for has settled. */
  readonly signal?: AbortSignal;
  readonly onShare?: (share: number) => void;
  /** Asked between parts; what it gives is waited for, so that work can pause. */
  readonly hold?: () => PromiseLike<void> | undefined;
}

/** The parts with a turn of the event loop behind each; null where the signal was aborted before the end. */
export function withTurns<T>(parts: Resumable<T>, turns?: Omit<Turns, 'signal'>): Promise<T>;
export function withTurns<T>(parts: Resumable<T>, turns: Turns): Promise<T | null>;
export async function withTurns<T>(parts: Resumable<T>, { signal, onShare, hold }: Turns = {}): Promise<T | null> {
  try {
    let next = parts.next();
    for (;;) {
      if (next.done === true) return next.value;
      const failed = await settled(next.value, onShare);
      await hold?.();
      if (signal?.aborted === true) return null;
      next = failed === null ? parts.next() : parts.throw(failed.error);
    }
  } finally {
    parts.return(undefined as T);
  }
}

/** After a part: what it waits for was rejected with, if it was. */
async function settled(
  part: number | PromiseLike<unknown>,
  onShare: Turns['onShare'],
): Promise<{ readonly error: unknown } | null> {
  if (typeof part === 'number') {
    onShare?.(part);
    await nextTurn();
    return null;
  }
  try {
    await part;
    return null;
  } catch (error) {
    return { error };
  }
}
