/** Floor 7. The worker: all computing of the page. It answers calls (protocol.ts) by the handlers of the engine's parts. */
import type { Handlers, Turn } from './call.js';
import { failureOf } from './failure.js';
import { fileHandlers } from './files.js';
import { mapHandlers } from './map.js';
import { modelHandlers } from './models.js';
import type { Asked, CallName, Calls, Told } from './protocol.js';
import { sessionHandlers } from './sessions.js';
import { simulateHandlers } from './simulate.js';
import { trainHandlers } from './train.js';

const handlers: Handlers<Calls> = {
  ...modelHandlers,
  ...simulateHandlers,
  ...sessionHandlers,
  ...trainHandlers,
  ...mapHandlers,
  ...fileHandlers,
};

type AnyHandler = (ask: unknown, turn: Turn<unknown>) => unknown;

const running = new Map<number, AbortController>();
const tell = (told: Told) => self.postMessage(told);

self.onmessage = ({ data }: MessageEvent<Asked>) => {
  if ('cancel' in data) running.get(data.id)?.abort();
  else void answer(data.id, data.call, data.ask);
};

async function answer(id: number, call: CallName, ask: unknown): Promise<void> {
  const { signal } = started(id);
  try {
    const handler = handlers[call] as AnyHandler;
    const result = await handler(ask, { signal, tell: (event) => tell({ id, event }) });
    tell(signal.aborted ? { id, cancelled: true } : { id, answer: result });
  } catch (error) {
    tell(signal.aborted ? { id, cancelled: true } : { id, failure: failureOf(error, call) });
  } finally {
    running.delete(id);
  }
}

function started(id: number): AbortController {
  const controller = new AbortController();
  running.set(id, controller);
  return controller;
}
