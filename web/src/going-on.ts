/** Floor 7. The training of an opened checkpoint, which the page can go on with as `poolgrad train --resume` does. */
import { computed } from '@preact/signals';
import { type Earlier, patienceUsed, WHILE_TRAINING } from 'poolgrad/browser';
import type { Question } from './engine/models.js';
import { checkpoint } from './files/opening.js';
import { sectionOf } from './state.js';
import { trainForm } from './train-form.js';

export interface GoingOn {
  /** Of the checkpoint. */
  readonly name: string;
  /** Its own config on its prices, with what of the form a run that goes on may change. */
  readonly question: Question;
  readonly earlier: Earlier;
  /** How many iterations there are to be in all. */
  readonly iterations: number;
  /** Why it cannot go on, and what to do; null where it can. */
  readonly hindrance: string | null;
}

/** What is read of a train section that is filled in. */
interface TrainSection {
  readonly iterations: number;
  readonly patience: number;
}

/** null while no checkpoint is open. */
export const goingOn = computed<GoingOn | null>(() => {
  if (checkpoint.value === null) return null;
  const { name, trained, data, state, isOnItsPrices } = checkpoint.value;
  const own = trained.train as Readonly<Record<string, unknown>> & TrainSection;
  const train = chosen(own);
  return {
    name,
    question: { config: { ...trained, train }, data },
    earlier: { state, iterations: own.iterations },
    iterations: train.iterations,
    hindrance: isOnItsPrices ? overText(name, train, state) : otherPricesText(name),
  };
});

/** What the form has; of a field that it leaves to its default, that. */
function chosen<T extends object>(own: T): T {
  const section = sectionOf('train');
  const fields = trainForm.value?.fields ?? [];
  const of = (key: string) => section[key] ?? fields.find((field) => field.key === key)?.default;
  const known = WHILE_TRAINING.flatMap((key) => (of(key) === undefined ? [] : [[key, of(key)]]));
  return { ...own, ...Object.fromEntries(known) };
}

/** That it has come to its end; null where it has not. */
function overText(name: string, train: TrainSection, state: Earlier['state']): string | null {
  if (state.iteration >= train.iterations) {
    return `All ${state.iteration} iterations of ${name} are done: to go on with it, ask for more of them under “How to train”.`;
  }
  const since = patienceUsed(train, state);
  if (since === null) return null;
  return `${name} has used up its patience: its last ${since} validations were no better than that of iteration ${state.best.iteration}, and ${train.patience} are allowed. To go on with it, raise “Patience” above ${since} under “How to train”, or take 0 for no end.`;
}

const otherPricesText = (name: string): string =>
  `${name} was trained on other prices than those that it was opened on: to go on with it, open its prices, then it again. Train starts anew, from its set on the sliders.`;
