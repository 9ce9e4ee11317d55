/** Floor 3. The score of the AMM challenge. */
import type { ObjectiveModel } from '../../src/rollout/model.js';

export const edge: ObjectiveModel = {
  name: 'edge',
  doc: 'what the pool gained by its trades at the prices outside',
  reads: ['edge'],
  every: 0,
  score: ({ last }) => last.edge[0],
};
