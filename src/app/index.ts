/**
 * Floor 5½. The jobs behind the commands: each gives text for people and an object for machines. A command imports the file of
 * its own, since all of them together take a third longer to load.
 */
export { runCompare } from './compare.js';
export { runEvaluate } from './evaluate.js';
export { runExport } from './export.js';
export { runFit } from './fit.js';
export { runHjbSolve } from './hjb.js';
export type * from './options.js';
export { runQuote } from './quote.js';
export { runRegimes } from './regimes.js';
export { runServe } from './serve.js';
export { runSimulate } from './simulate.js';
export { runStudyChallenge } from './study-challenge.js';
export { runStudyPaper } from './study-paper.js';
export { runTrain } from './train.js';
export { runUi } from './ui.js';
export { runVerify } from './verify.js';
export { runWeights } from './weights.js';
