/** Of no floor. SHA-256 wherever the program runs: by Node.js where there is one (ten times as fast), else in JavaScript. */
import { sha256 as inJavaScript } from '@noble/hashes/sha2.js';

interface Hash {
  update(part: Uint8Array): unknown;
  digest(): Uint8Array;
}

/** Node's own, from 20.16 on. */
const native = globalThis.process?.getBuiltinModule?.('node:crypto');

const create = (): Hash => native?.createHash('sha256') ?? inJavaScript.create();

/** The digest in hex of parts one after another; texts count as UTF-8. */
export function sha256(...parts: readonly (string | Uint8Array)[]): string {
  const hash = create();
  for (const part of parts) hash.update(typeof part === 'string' ? new TextEncoder().encode(part) : part);
  return Array.from(hash.digest(), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
