/** The public types that lean on those of TensorFlow.js: of the vectorised forms of rules. They compile with skipLibCheck. */
export type { VectorContext, Vectorised } from './rollout/vectorised.js';
export type { Tf } from './targets/tfjs/load.js';
