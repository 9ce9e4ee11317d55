/** Floor 5. The thread of background.ts: one message in is a state of the market, one message out its validation. */
import { parentPort, workerData } from 'node:worker_threads';
import type { StateVector } from '../../../kernels/makers/seed/index.js';
import type { BackgroundReport, BackgroundSetup } from './background.js';
import { tune, tunerStart } from './tuner.js';
import { validate } from './validate.js';

const { tunes = false, ...setup }: BackgroundSetup = workerData;
let { tuning } = setup;
let slots = tunerStart();

parentPort?.on('message', (state: StateVector<number>) => {
  const given = { ...setup, tuning, state };
  const found = validate(given);
  let tuner: BackgroundReport['tuner'] = null;
  if (tunes) {
    const { tuning: next, slots: kept, ...gradient } = tune(given, slots);
    tuning = next;
    slots = kept;
    tuner = gradient;
  }
  parentPort?.postMessage({ ...found, tuner, tuning } satisfies Omit<BackgroundReport, 'passedOver'>);
});
