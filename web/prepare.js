/**
 * Floor 7. The page of a fresh install. Its builder has a native part, which `npm ci --omit=optional` leaves out, and needs Node.js
 * 20.19: without either, all but the page is there, and this says so. `npm run build` fails where the page cannot be built.
 */
import { resolve } from 'node:path';

const vite = await import('vite').catch((error) => {
  console.error(`page: not built, for its builder is not whole (${String(error.message).split('.')[0]});`);
  console.error('all but poolgrad ui works; Node.js 20.19 or later and an install without --omit=optional bring it');
  return null;
});
await vite?.build({ configFile: resolve(import.meta.dirname, 'vite.config.ts'), logLevel: 'warn' });
