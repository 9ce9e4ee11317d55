/** Floor 6. V8 as commands want it, most of which are over within seconds. */
import { setFlagsFromString } from 'node:v8';

/**
 * Bytes of bytecode that a function runs before V8 optimises it, over four times its own figure. Most of what it would
 * compile has hardly been run by then, and is not run much longer: functions that build and schedule programs, once for each.
 */
const INTERRUPT_BUDGET = 300_000;

/** Flags of this process; those of Node.js 20 alone, since later ones have a compiler in between, and count otherwise. */
export function tuneEngine(): void {
  if (process.versions.v8.startsWith('11.3')) setFlagsFromString(`--interrupt-budget=${INTERRUPT_BUDGET}`);
}
