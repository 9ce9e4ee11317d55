/** Floor 5½. `ui`: the page in a browser, with the files and the trainings of a folder. */
import type { UiOptions } from './options.js';

export async function runUi(options: UiOptions): Promise<void> {
  // the server's library is loaded by nobody else
  const { serveFolder } = await import('../live/ui/serve.js');
  await serveFolder(options);
}
