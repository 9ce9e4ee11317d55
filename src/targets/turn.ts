/** Floor 1. A turn of the event loop, in Node.js and in browsers. */

/**
 * Resolves after timers, messages and signals that came meanwhile were heard. Browsers have no setImmediate, and make a nested
 * setTimeout wait for 4 ms; in Node.js an open channel would keep the process alive.
 */
export const nextTurn: () => Promise<void> = typeof setImmediate === 'function' ? byImmediate : byMessage;

function byImmediate(): Promise<void> {
  return new Promise((done) => {
    setImmediate(done);
  });
}

function byMessage(): Promise<void> {
  return new Promise((done) => {
    const { port1, port2 } = new MessageChannel();
    const onmessage = () => {
      port1.close();
      done();
    };
    // the setter, by which a port starts in browsers; types of Node.js do not have it
    Object.assign(port1, { onmessage });
    port2.postMessage(null);
  });
}
