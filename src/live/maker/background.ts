/**
 * Floor 5. `optimize_control_background`: a worker thread that values heuristic and grid as the market runs, reports the gap
 * and tunes, while the caller goes on quoting.
 */
import { Worker } from 'node:worker_threads';
import type { StateVector, Tuning } from '../../../kernels/makers/seed/index.js';
import type { TunerGradient, TunerInput } from './tuner.js';
import type { Validation } from './validate.js';

export interface BackgroundReport extends Validation {
  /** The tuner's loss and differences in this state; null where it does not tune. */
  readonly tuner: TunerGradient | null;
  /** What to quote by from now on. */
  readonly tuning: Tuning<number>;
  /** States that came and went while this one was valued. */
  readonly passedOver: number;
}

export interface BackgroundOptions extends Omit<TunerInput, 'state'> {
  readonly onReport: (report: BackgroundReport) => void;
  /** What went wrong in the thread; it is over then. */
  readonly onError: (error: Error) => void;
  /** Takes a step of the tuner after each state; no where absent. */
  readonly tunes?: boolean;
}

export interface Background {
  /** Hands over the state of the market. While one is valued only the newest waits. */
  submit(state: StateVector<number>): void;
  /** Resolves when nothing is being valued and nothing waits. */
  idle(): Promise<void>;
  /** Ends the thread. What is being valued is dropped. */
  close(): Promise<void>;
}

/** What the thread is told once. */
export type BackgroundSetup = Omit<BackgroundOptions, 'onReport' | 'onError'>;

/** Starts the thread. It does not keep the process alive. */
export function validateInBackground({ onReport, onError, ...setup }: BackgroundOptions): Background {
  const worker = new Worker(new URL('./background-worker.js', import.meta.url), { workerData: setup, execArgv: [] });
  worker.unref();
  let isBusy = false;
  let waiting: StateVector<number> | null = null;
  let passedOver = 0;
  let sleepers: (() => void)[] = [];

  const rest = () => {
    isBusy = false;
    waiting = null;
    for (const wake of sleepers) wake();
    sleepers = [];
  };
  const send = (state: StateVector<number>) => {
    isBusy = true;
    worker.postMessage(state);
  };
  worker.on('message', (report: Omit<BackgroundReport, 'passedOver'>) => {
    const full = { ...report, passedOver };
    passedOver = 0;
    const next = waiting;
    waiting = null;
    if (next === null) rest();
    else send(next);
    onReport(full);
  });
  worker.on('error', (error: Error) => {
    rest();
    onError(error);
  });
  return {
    submit(state) {
      if (!isBusy) return send(state);
      if (waiting !== null) passedOver++;
      waiting = state;
    },
    idle: () => (isBusy ? new Promise((wake) => sleepers.push(wake)) : Promise.resolve()),
    async close() {
      await worker.terminate();
      rest();
    },
  };
}
