/** Floor 2. Names that a roll-out's programs and those who run them share. */

/** Scans, for adjoint strategies. */
export const EPOCHS = 'epochs';
export const STEPS = 'steps';

/** Run integers: steps after a window's first row; steps between the rows of a path, and before its first; the key of all draws. */
export const STEPS_INPUT = 'steps';
export const EVERY_INPUT = 'every';
export const SKIP_INPUT = 'skip';
export const SEED_INPUT = 'seed';

/** Window integers: its first row of a recorded source; the number of its scenario. */
export const FIRST_INPUT = 'first';
export const SCENARIO_INPUT = 'scenario';

/** Input: the raw parameters, [1][columns][S]. */
export const PARAMETERS = 'parameters';
/** Input: the rows of a recorded source. */
export const MARKET = 'market';
/** Output of the score variant: the objective with its penalties, by lane. */
export const SCORE = 'score';
/** Output of the score variant: what is measured beside the score, by lane. */
export const measureOf = (k: number): string => `measure ${k}`;
/** Output of the score variant where discrete outcomes are drawn by parameters: their ln P, by lane. */
export const LIKELIHOOD = 'likelihood';

/** Outputs of the figures variant: the score of a model, and a name as it was last observed. */
export const scoreOf = (model: string): string => `score of ${model}`;
export const lastOf = (name: string): string => `last ${name}`;

/**
 * score: the objective by lane. record: the path of what is observed. figures: the score of each model by itself, and what is
 * observed at the last row, by lane. tally: what epochs count.
 */
export type Variant = 'score' | 'record' | 'figures' | 'tally';
