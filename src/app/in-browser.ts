/** Floor 5½. A config made ready to run in a browser. */
import type { OpenedConfig } from '../config/resolve-on.js';
import { UserError } from '../errors.js';
import type { Precision } from '../graph/index.js';
import { cores, wasm } from '../targets/wasm/browser.js';
import { type Session, sessionOn } from './prepared.js';

/** What a browser has. */
export const BROWSER_DEVICES = ['auto', 'wasm'] as const;
export type BrowserDevice = (typeof BROWSER_DEVICES)[number];

const isHere = (device: string): device is BrowserDevice => BROWSER_DEVICES.some((name) => name === device);

export interface BrowserOptions {
  /** In the place of the config's. */
  readonly device?: BrowserDevice;
  /** What training is to be computed in; absent: the config's, else the first of the device's. */
  readonly precision?: Precision;
  /** Whether the config's sets and windows are to run side by side; else it is for single figures. */
  readonly training?: boolean;
}

/**
 * As `openSession` in Node.js. Throws a UserError for a device that is not here.
 */
export async function openInBrowser(opened: OpenedConfig, options: BrowserOptions = {}): Promise<Session> {
  const { run } = opened.config;
  const device = options.device ?? run.device;
  if (!isHere(device)) {
    throw new UserError(
      `run.device: expected ${BROWSER_DEVICES.join(' or ')} in a browser, got '${device}'; open the config with another device`,
      2,
    );
  }
  const { available, reason } = await wasm.probe();
  if (!available) throw new UserError(`device: wasm is not available: ${reason}`);
  return sessionOn(opened, {
    target: wasm,
    why: `${device === 'auto' ? 'auto takes wasm' : 'wasm was asked for'}: ${reason}`,
    precision: options.training === true ? (options.precision ?? run.precision) : undefined,
    cores: cores(),
    drawing: wasm,
    asConfigured: options.device === undefined,
  });
}
