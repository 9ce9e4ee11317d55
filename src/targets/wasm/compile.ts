/** Floor 1, wasm target. Compilation by V8's optimising compiler, at once. */
import { setFlagsFromString } from 'node:v8';

/**
 * V8 first compiles a function without optimisation and swaps in optimised code at a later call, never inside a running
 * loop: a group's whole roll-out would run at less than half speed the first time. The flags are those of the process,
 * so they are put back to V8's defaults when the module is made.
 */
export function compileModule(bytes: Uint8Array): WebAssembly.Module {
  setFlagsFromString('--no-liftoff');
  setFlagsFromString('--no-wasm-lazy-compilation');
  try {
    return new WebAssembly.Module(bytes);
  } finally {
    setFlagsFromString('--liftoff');
    setFlagsFromString('--wasm-lazy-compilation');
  }
}
