/** Floor 7. Where training and maps run: the devices that this browser has, and a config made ready on one of them. */
import { type BrowserDevice, deviceHere, openInBrowser, type Session } from 'poolgrad/browser';
import type { Handlers } from './call.js';
import type { Question } from './models.js';
import { opened } from './opened.js';
import { inPageWords } from './page-words.js';

export type DeviceName = Exclude<BrowserDevice, 'auto'>;

/** A device, and whether it is there. */
export interface FoundDevice {
  readonly name: DeviceName;
  readonly available: boolean;
  /** What it is, or why it is not there: a phrase. */
  readonly reason: string;
  /** Whether it is a GPU in name only: a CPU does its work. */
  readonly isSoftware: boolean;
}

export interface SessionCalls {
  readonly devices: { readonly ask: null; readonly event: never; readonly answer: readonly FoundDevice[] };
}

const DEVICES: readonly DeviceName[] = ['wasm', 'webgpu'];

export const sessionHandlers: Handlers<SessionCalls> = {
  devices: () =>
    Promise.all(
      DEVICES.map(async (name) => {
        const { target, why, isCpu } = await deviceHere(name);
        return { name, available: target !== null, reason: inPageWords(why), isSoftware: name === 'webgpu' && isCpu };
      }),
    ),
};

/** The config of a question on a device, as it trains there or for single figures; who asks closes it (`closeSession`). */
export async function sessionFor(
  { config, data }: Question,
  { device, training }: { readonly device: DeviceName; readonly training: boolean },
): Promise<Session> {
  const { config: resolved, dataset, split } = await opened(config, data);
  const recorded = { file: resolved.data.file, dataset, split };
  return openInBrowser({ config: resolved, recorded, code: [] }, { device, training });
}
