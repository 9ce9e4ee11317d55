/** Floor 7. What the engine says of the state of the page, kept up to date: the models that there are, and the config as a form. */
import { effect, signal } from '@preact/signals';
import { assetsChosen, chooseAssets } from '../edit.js';
import { data, onState } from '../state.js';
import type { Failure } from './call.js';
import { ask, type EngineError, latest } from './client.js';
import type { Catalogue, Form, PricesThere } from './models.js';

export const catalogue = signal<Catalogue | null>(null);
/** The last config that could be resolved. */
export const form = signal<Form | null>(null);
/** The prices that there are. */
export const prices = signal<PricesThere | null>(null);
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

const look = latest('prices', {
  onAnswer: (answer) => {
    prices.value = answer;
    // assets of the prices before
    const chosen = assetsChosen() ?? [];
    if (!chosen.every((asset) => answer.assets.includes(asset))) chooseAssets([], []);
  },
  // said by whoever resolves the config
  onFailure: () => {},
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
  effect(() => look(data.value));
  onState(({ config, data: ref }) => describe({ config, data: ref }));
}
