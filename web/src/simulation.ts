/** Floor 7. The simulation of the state of the page, kept up to date while its panel is open: see engine/simulate.ts for its two answers. */
import { effect, signal } from '@preact/signals';
import { fault } from './engine/answers.js';
import { latest } from './engine/client.js';
import type { Drawn } from './engine/drawing.js';
import type { Exact } from './engine/simulate.js';
import { stateNow } from './state.js';

export const drawn = signal<Drawn | null>(null);
/** Of the state that is drawn; null until it is there. */
export const exact = signal<Exact | null>(null);
/** The last one, for what would else be empty meanwhile. */
export const lastExact = signal<Exact | null>(null);

const simulate = latest('simulate', {
  onEvent: (event) => {
    drawn.value = event;
    exact.value = null;
  },
  onAnswer: (answer) => {
    exact.value = answer;
    lastExact.value = answer;
  },
  onFailure: (error) => {
    fault.value = error.failure;
    exact.value = null;
  },
});

/** Simulates now and after every change, until the returned function is called. */
export const startSimulation = (): (() => void) =>
  effect(() => {
    const { config, data, view } = stateNow();
    simulate({ config, data, part: view.part, asset: view.asset });
  });
