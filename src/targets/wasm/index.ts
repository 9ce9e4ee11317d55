/** Floor 1. The wasm target in Node.js. */
import { createWasm } from './create.js';
import { node } from './node.js';

export const wasm = createWasm(node);
