/** Floor 7. Training as calls of the page: one at a time, steered while it runs. */
import {
  closeSession,
  type Earlier,
  type SectionField,
  trainableColumns,
  trainFields,
  UserError,
} from 'poolgrad/browser';
import type { Handlers } from './call.js';
import { type Column, trainedColumns } from './columns.js';
import type { Question } from './models.js';
import { opened } from './opened.js';
import { type DeviceName, sessionFor } from './sessions.js';
import { type Begun, type News, type Outcome, Training } from './training.js';

export interface TrainCalls {
  readonly train: { readonly ask: TrainQuestion; readonly event: Begun | News; readonly answer: Outcome };
  /** Whether there was a training to steer. */
  readonly steer: { readonly ask: 'pause' | 'goOn' | 'stop'; readonly event: never; readonly answer: boolean };
  readonly trainForm: { readonly ask: Question; readonly event: never; readonly answer: TrainForm };
}

export interface TrainQuestion extends Question {
  readonly device: DeviceName;
  /** What it goes on with; null: from the values of the config. */
  readonly resume: Earlier | null;
}

/** How a config trains, as a form. */
export interface TrainForm {
  readonly fields: readonly SectionField[];
  /** With everything filled in. */
  readonly values: Readonly<Record<string, number | string>>;
  /** What trains. */
  readonly columns: readonly Column[];
}

let current: Training | null = null;

export const trainHandlers: Handlers<TrainCalls> = {
  async train({ device, resume, ...question }, { signal, tell }) {
    if (current !== null) throw new UserError('train: a training runs already; stop it first');
    const session = await sessionFor(question, { device, training: true });
    const training = new Training(session, tell, resume ?? undefined);
    current = training;
    signal.addEventListener('abort', () => training.stop(), { once: true });
    try {
      return await training.run();
    } finally {
      current = null;
      closeSession(session);
    }
  },
  steer(how) {
    if (current === null) return false;
    current[how]();
    return true;
  },
  async trainForm({ config, data }) {
    const { config: resolved, layout } = await opened(config, data);
    const trains = Object.fromEntries(Object.entries(resolved.parameters).map(([name, p]) => [name, p.train]));
    return {
      fields: trainFields(),
      values: resolved.train as TrainForm['values'],
      columns: trainedColumns(layout, trainableColumns(layout, trains)),
    };
  },
};
