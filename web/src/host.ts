/** Floor 7. The page's host: once its files are kept (offline.ts), the page opens without it. */
import { hasFolder } from './runs/folder.js';

/** With `poolgrad ui` there is nothing to keep: without its folder the page would be another. */
export function keepFiles(): void {
  if (import.meta.env.DEV || hasFolder || !('serviceWorker' in navigator)) return;
  // of this module's own name, which has the hash of all that it loads
  const build = new URL(import.meta.url).pathname.split('/').at(-1);
  // where a browser refuses (a private window), the page does without
  navigator.serviceWorker.register(`./offline.js?build=${build}`).catch(() => {});
}
