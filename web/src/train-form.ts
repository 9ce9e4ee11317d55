/** Floor 7. How the config trains, as the engine resolves it: kept up to date while a panel that shows it is open. */
import { signal } from '@preact/signals';
import { latest } from './engine/client.js';
import type { TrainForm } from './engine/train.js';
import { onState } from './state.js';

/** The last one that could be resolved. */
export const trainForm = signal<TrainForm | null>(null);

const ask = latest('trainForm', {
  onAnswer: (answer) => {
    trainForm.value = answer;
  },
  // told where the config is described (engine/answers.ts)
  onFailure: () => {},
});

/** Follows the config until the returned function is called. */
export const startTrainForm = (): (() => void) => onState(({ config, data }) => ask({ config, data }));
