/** Floor 7. What the engine says of the state of the page, kept up to date: the models that there are, and the config as a form. */
import { signal } from '@preact/signals';
import { onState } from '../state.js';
import type { Failure } from './call.js';
import { ask, type EngineError, latest } from './client.js';
import type { Catalogue, Form } from './models.js';

export const catalogue = signal<Catalogue | null>(null);
/** The last config that could be resolved. */
export const form = signal<Form | null>(null);
/** Why the config of now could not. */
export const fault = signal<Failure | null>(null);

const describe = latest('describe', {
  onAnswer: (answer) => {
    form.value = answer;
    fault.value = null;
  },
  onFailure: (error) => {
    fault.value = error.failure;
  },
});

/** From now on. */
export function startAnswers(): void {
  ask('catalogue', null).then(
    (models) => {
      catalogue.value = models;
    },
    (error: EngineError) => {
      fault.value = error.failure;
    },
  );
  onState(({ config, data }) => describe({ config, data }));
}
