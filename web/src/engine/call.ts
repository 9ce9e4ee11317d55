/** Floor 7. What a call of the worker is, and who answers it. */

/** One kind of call. */
export interface Call {
  readonly ask: unknown;
  /** What is told before the answer; `never` where nothing is. */
  readonly event: unknown;
  readonly answer: unknown;
}

/** What a call fails with: a sentence for people, and the place of the config that it speaks of, where it speaks of one. */
export interface Failure {
  readonly message: string;
  /** Keys from the top of the config. */
  readonly path: readonly (string | number)[];
  /** Whether it is a mistake of the user's; anything else is one of the program's. */
  readonly isMistake: boolean;
}

/** What a handler has beside what it was asked. */
export interface Turn<E> {
  /** Aborted once the page no longer wants the answer. */
  readonly signal: AbortSignal;
  readonly tell: (event: E) => void;
}

/** What answers the calls of one part of the engine. After an abort the answer is null, and told as a cancellation. */
export type Handlers<C> = {
  readonly [K in keyof C]: C[K] extends Call
    ? (ask: C[K]['ask'], turn: Turn<C[K]['event']>) => Promise<C[K]['answer'] | null> | C[K]['answer']
    : never;
};
