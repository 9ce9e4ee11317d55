/** Floor 7. What the page is about: a config, the data that it is tried on, and what is looked at. All of it goes into a link. */
import { effect, signal } from '@preact/signals';

/** A config as one writes it: sections by name (docs/config.md), of `data` at most the assets: the rest is a DataRef. */
export type Document = Readonly<Record<string, unknown>>;
/** One section that names a model. */
export type Section = Readonly<Record<string, unknown>> & { readonly kind?: string };

/** Where prices come from. */
export type DataRef =
  | { readonly from: 'shipped' }
  /** Drawn by a process of prices; `model` as a config has it under `data.model`. */
  | {
      readonly from: 'drawn';
      readonly model: Section;
      readonly assets: readonly string[];
      readonly days: number;
      readonly interval: number;
      readonly seed: number;
    }
  /** A file of the user's, which stays with them: a link has its name and hash only. */
  | { readonly from: 'file'; readonly name: string; readonly hash: string };

/** Rows that figures are of: everything, or a part of the split of the config. */
export type Part = 'all' | 'train' | 'validation' | 'test';

export interface View {
  /** The panel that is open (panels.ts). */
  readonly panel: string;
  readonly part: Part;
  /** Whose price the trading curve varies. */
  readonly asset: number;
}

export interface PageState {
  readonly config: Document;
  readonly data: DataRef;
  readonly view: View;
}

/** A pool that moves with everything on the page: weights, a fee, and orders that answer to the fee. */
export const DEFAULT_STATE: PageState = {
  config: {
    pool: { kind: 'constant-weight', fee: { value: 0.003, train: true } },
    flow: { kind: 'elastic', v0: 0.0005 },
    objective: 'returns_over_hodl',
  },
  data: { from: 'shipped' },
  view: { panel: 'simulate', part: 'all', asset: 0 },
};

export const config = signal<Document>(DEFAULT_STATE.config);
export const data = signal<DataRef>(DEFAULT_STATE.data);
export const view = signal<View>(DEFAULT_STATE.view);

export const stateNow = (): PageState => ({ config: config.value, data: data.value, view: view.value });

export function takeState(state: PageState): void {
  config.value = state.config;
  data.value = state.data;
  view.value = state.view;
}

/** Not a section of the config: what draws prices. */
const PROCESS = 'process';

/** A section of the config, or the process that draws prices; empty where there is none. */
export const sectionOf = (name: string): Section => {
  if (name === PROCESS) return data.value.from === 'drawn' ? data.value.model : {};
  const section = config.value[name];
  if (typeof section === 'string') return { kind: section };
  return typeof section === 'object' && section !== null ? (section as Section) : {};
};

/** Puts a section in its place; null takes it out. */
export function setSection(name: string, section: Section | string | null): void {
  if (name === PROCESS) {
    if (data.value.from === 'drawn' && typeof section === 'object' && section !== null) {
      data.value = { ...data.value, model: section };
    }
    return;
  }
  const { [name]: _, ...others } = config.value;
  config.value = section === null ? others : { ...config.value, [name]: section };
}

/** Runs `then` with the state, now and whenever something of it changes. */
export const onState = (then: (state: PageState) => void): (() => void) => effect(() => then(stateNow()));
