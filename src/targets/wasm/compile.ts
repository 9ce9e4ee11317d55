/** Floor 1, wasm target. Compilation by V8's optimising compiler, at once. */
import { setFlagsFromString } from 'node:v8';

/** Flags of V8 that are other than its defaults while a module is made. */
const FLAGS = [
  // it would first compile without optimisation, and swap in optimised code at a later call, never inside a running loop:
  // a group's whole roll-out would run at less than half speed the first time
  'liftoff',
  'wasm-lazy-compilation',
  // Node.js 20 gives up on registers in large functions, which then take up to three times as long; later ones do not
  ...(process.versions.v8.startsWith('11.3') ? ['turbo-use-mid-tier-regalloc-for-huge-functions'] : []),
];

/** The flags are those of the process, so they are put back when the module is made. */
export function compileModule(bytes: Uint8Array): WebAssembly.Module {
  for (const flag of FLAGS) setFlagsFromString(`--no-${flag}`);
  try {
    return new WebAssembly.Module(bytes);
  } finally {
    for (const flag of FLAGS) setFlagsFromString(`--${flag}`);
  }
}
