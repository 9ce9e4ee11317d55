import { defineConfig } from 'vitest/config';

/** What needs an NVIDIA GPU: `npm run test:cuda`. The ordinary tests show the same programs without one. */
export default defineConfig({
  test: { include: ['test/cuda/**/*.test.ts'], testTimeout: 600_000, pool: 'forks', reporters: ['default'] },
});
