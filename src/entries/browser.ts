/** draft */
import { registry } from '../../kernels/index.js';

export { sessionOn } from '../app/prepared.js';
export { parseYamlFile } from '../config/document.js';
export { configJsonSchema } from '../config/json-schema.js';
export { resolveOn } from '../config/resolve-on.js';
export { createDataset } from '../data/dataset.js';
export { evaluate } from '../evaluate/evaluate.js';
export { measured } from '../evaluate/measured.js';
export { createPoolRollout } from '../pools/rollout.js';
export { valueAndGrad } from '../rollout/value-and-grad.js';
export { wasm } from '../targets/wasm/browser.js';
export { decodeCheckpoint, encodeCheckpoint } from '../train/checkpoint.js';
export { train } from '../train/train.js';
export { registry };
