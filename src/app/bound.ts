/** Floor 5½. The one line in which a job is refused that would hold more than `run.memory`. */
import { UserError } from '../errors.js';
import { amount } from '../train/event-text.js';

/** Bytes of a float64. */
export const NUMBER = 8;

interface Part {
  readonly what: string;
  readonly bytes: number;
}

/** Throws a UserError with the figures where the parts come to more than `bound` bytes: `way` mends it. */
export function refuseBeyond(bound: number, size: string, way: string, parts: readonly Part[]): void {
  const total = parts.reduce((sum, { bytes }) => sum + bytes, 0);
  if (total <= bound) return;
  const largest = [...parts].sort((a, b) => b.bytes - a.bytes).filter(({ bytes }) => bytes > total / 10);
  const shown = largest.map(({ what, bytes }) => `${what} ${amount(bytes)}B`).join(', ');
  throw new UserError(
    `memory: at most ${amount(bound)}B were expected (run.memory), got ${size}, which take about ${amount(total)}B (${shown}); ${way}, or allow more by --set run.memory=${enough(total)}`,
  );
}

/** An amount as `run.memory` takes it. */
const enough = (bytes: number): string => `${Math.ceil(bytes / 1e9)}GB`;
