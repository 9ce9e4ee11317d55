/**
 * Floor 7. What the page asks of the worker and what comes back. A call has one answer, or one error; on the way to it there
 * may be events. Each part of the engine declares its own calls, and `Calls` is all of them.
 */
import type { Failure } from './call.js';
import type { FileCalls } from './files.js';
import type { MapCalls } from './map.js';
import type { ModelCalls } from './models.js';
import type { SessionCalls } from './sessions.js';
import type { SimulateCalls } from './simulate.js';
import type { TrainCalls } from './train.js';

/** All calls by name. */
export type Calls = ModelCalls & SimulateCalls & SessionCalls & TrainCalls & MapCalls & FileCalls;
export type CallName = keyof Calls;

/** From the page to the worker. */
export type Asked =
  | { readonly id: number; readonly call: CallName; readonly ask: unknown }
  | { readonly id: number; readonly cancel: true };

/** From the worker to the page. */
export type Told =
  | { readonly id: number; readonly event: unknown }
  | { readonly id: number; readonly answer: unknown }
  | { readonly id: number; readonly failure: Failure }
  | { readonly id: number; readonly cancelled: true };
