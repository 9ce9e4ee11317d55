/** The public types that lean on those of TensorFlow.js: of the vectorised forms of rules. They compile with skipLibCheck. */
export type { VectorContext, Vectorised } from './pools/vector-rule.js';
export type { Tf } from './targets/tfjs/load.js';
