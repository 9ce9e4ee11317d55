/** Floor 7. The page's side of the worker: calls as promises, and calls of which only the latest matters. */
import type { Failure } from './call.js';
import type { Asked, CallName, Calls, Told } from './protocol.js';

/** A call that failed in the worker. */
export class EngineError extends Error {
  constructor(readonly failure: Failure) {
    super(failure.message);
  }
}

export interface CallOptions<E> {
  /** Aborted: the worker stops at its next turn, and the promise is rejected with the signal's reason. */
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: E) => void;
}

interface Waiting {
  readonly onEvent?: (event: unknown) => void;
  readonly onAnswer: (answer: unknown) => void;
  readonly onFailure: (error: unknown) => void;
}

const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module', name: 'poolgrad' });
const waiting = new Map<number, Waiting>();
let last = 0;

worker.onmessage = ({ data }: MessageEvent<Told>) => {
  const call = waiting.get(data.id);
  if (call === undefined) return;
  if ('event' in data) {
    call.onEvent?.(data.event);
    return;
  }
  waiting.delete(data.id);
  if ('answer' in data) call.onAnswer(data.answer);
  else if ('failure' in data) call.onFailure(new EngineError(data.failure));
  else call.onFailure(new DOMException('cancelled', 'AbortError'));
};

worker.onerror = (event) => {
  event.preventDefault();
  const message = `the engine stopped: ${event.message || 'it could not be loaded'}; reload the page`;
  const calls = [...waiting.values()];
  waiting.clear();
  for (const { onFailure } of calls) onFailure(new EngineError({ message, path: [], isMistake: false }));
};

/** Asks the worker. Rejected with an EngineError where it fails, with an AbortError where it was cancelled. */
export function ask<K extends CallName>(
  call: K,
  question: Calls[K]['ask'],
  { signal, onEvent }: CallOptions<Calls[K]['event']> = {},
): Promise<Calls[K]['answer']> {
  const id = ++last;
  const send = (message: Asked) => worker.postMessage(message);
  return new Promise((onAnswer, onFailure) => {
    waiting.set(id, { onEvent: onEvent as Waiting['onEvent'], onAnswer: onAnswer as Waiting['onAnswer'], onFailure });
    signal?.addEventListener('abort', () => send({ id, cancel: true }), { once: true });
    send({ id, call, ask: question });
  });
}

/**
 * A call of which only the latest question matters, as of a slider that is dragged: one question is with the worker at a time,
 * and answers come in the order of the questions. A question whose events have begun is left for a newer one; one that has
 * told nothing yet is waited for, so that a page which is asked without a break still shows something. What is returned asks a
 * question now, or as soon as the one before is answered.
 */
export function latest<K extends CallName>(
  call: K,
  told: {
    readonly onEvent?: (event: Calls[K]['event']) => void;
    readonly onAnswer: (answer: Calls[K]['answer']) => void;
    readonly onFailure: (error: EngineError) => void;
  },
): (question: Calls[K]['ask']) => void {
  let next: { readonly question: Calls[K]['ask'] } | null = null;
  let current: { readonly controller: AbortController; told: boolean } | null = null;
  const run = async () => {
    while (next !== null) {
      const { question } = next;
      next = null;
      const mine = { controller: new AbortController(), told: false };
      current = mine;
      const onEvent = (event: Calls[K]['event']) => {
        mine.told = true;
        told.onEvent?.(event);
        if (next !== null) mine.controller.abort();
      };
      try {
        told.onAnswer(await ask(call, question, { signal: mine.controller.signal, onEvent }));
      } catch (error) {
        if (error instanceof EngineError) told.onFailure(error);
      }
    }
    current = null;
  };
  return (question) => {
    next = { question };
    if (current === null) void run();
    else if (current.told) current.controller.abort();
  };
}
