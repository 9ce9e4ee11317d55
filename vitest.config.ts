import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { defineConfig } from 'vitest/config';

/**
 * What takes longest: half of the time of all. `npm test` leaves these files out, `npm run test:slow` runs them alone, `.ci/run`
 * runs all. Beside each of them a fast file shows the same thing in small.
 */
const SLOW = [
  'test/ptx/{ptxas,rollout-all,registers}.test.ts',
  'test/cli/{run-file,whole-way,outputs}.test.ts',
  'test/train/poisson.test.ts',
  'test/live/killed.test.ts',
  'test/evaluate/markets.test.ts',
  'test/fit/recovery{,-moments}.test.ts',
  'test/package/packed.test.ts',
  'test/targets/native-bits.test.ts',
  'test/rollout/{bits-native,webgpu-all,webgpu-drift}.test.ts',
  'test/challenge/{contracts,study}.test.ts',
  'test/web/{files,page,page-map,page-training,runs}.test.ts',
];

export default defineConfig({
  // as the page's own build has it
  resolve: { alias: { 'poolgrad/browser': resolve(import.meta.dirname, 'src/entries/browser.ts') } },
  test: {
    // what the native target compiles meanwhile is not kept among the user's own
    env: { XDG_CACHE_HOME: join(tmpdir(), 'poolgrad-test-cache') },
    exclude: ['test/cuda/**'], // needs a GPU: vitest.cuda.config.ts
    // a machine three times slower than ours, and busy with other things, gets to the end of each test
    testTimeout: 180_000,
    hookTimeout: 180_000,
    expect: { poll: { timeout: 60_000 } },
    pool: 'forks',
    reporters: ['default'],
    projects: [
      { extends: true, test: { name: 'fast', include: ['test/**/*.test.ts'], exclude: ['test/cuda/**', ...SLOW] } },
      { extends: true, test: { name: 'slow', include: SLOW } },
    ],
  },
});
