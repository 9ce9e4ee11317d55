/** Floor 1, wasm target. What the target asks of where it runs: Node.js (node.ts) or a browser (browser.ts). */

/** A thread beside the caller's; it comes up by itself, jobs do not wait for it. */
export interface Thread {
  postMessage(message: unknown): void;
}

export interface Host {
  /** How many threads may work at once, the caller's among them. */
  cores(): number;
  /** Whether memory can be shared with other threads; where it cannot, there is one. */
  readonly shares: boolean;
  /**
   * Starts a thread over the memory; null where that is refused.
   *
   * @param failed called where it turns out later that it cannot come up
   */
  start(memory: WebAssembly.Memory, failed: (thread: Thread) => void): Thread | null;
  compile(bytes: Uint8Array<ArrayBuffer>): WebAssembly.Module;
}
