/** 'poolgrad/evaluate': how a trained pool does on rows that training never saw, and the report of it. */

export { evaluate } from '../evaluate/evaluate.js';
export type { Evaluation, EvaluationInput } from '../evaluate/input.js';
export { type ReportData, renderReport } from '../evaluate/report/index.js';
