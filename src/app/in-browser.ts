/// <reference types="@webgpu/types" />
/** Floor 5½. A config made ready to run in a browser, and the devices that a browser has. */
import type { OpenedConfig } from '../config/resolve-on.js';
import { UserError } from '../errors.js';
import type { Precision } from '../graph/index.js';
import type { Target } from '../targets/target.js';
import { cores, wasm } from '../targets/wasm/browser.js';
import { openWebgpu } from '../targets/webgpu/index.js';
import { type Session, sessionOn } from './prepared.js';

/** What a browser has. */
export const BROWSER_DEVICES = ['auto', 'wasm', 'webgpu'] as const;
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

/** A device that is there, and what it is; or why it is not. */
export interface DeviceHere {
  readonly target: Target | null;
  readonly why: string;
  /** Whether a CPU does the work; of a GPU by WebGPU: in its place. */
  readonly isCpu: boolean;
}

/** Looks for a device. `auto` is wasm, which is exact and in every browser. */
export async function deviceHere(device: BrowserDevice): Promise<DeviceHere> {
  const target = device === 'webgpu' ? await webgpuHere() : wasm;
  if (typeof target === 'string') return { target: null, why: target, isCpu: false };
  const { available, reason, device: kind } = await target.probe();
  return { target: available ? target : null, why: reason, isCpu: kind === 'cpu' };
}

/** The GPU that was found; another look is taken where there was none. */
let gpu: Target | null = null;

/** The GPU, or why there is none. */
async function webgpuHere(): Promise<Target | string> {
  if (gpu !== null) return gpu;
  const { navigator } = globalThis as { readonly navigator?: { readonly gpu?: GPU } };
  if (navigator?.gpu === undefined) return 'this browser offers no WebGPU here';
  try {
    gpu = await openWebgpu(navigator.gpu);
    return gpu;
  } catch (error) {
    if (error instanceof UserError) return error.message.replace(/^webgpu: /, '');
    throw error;
  }
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
  const { target, why } = await deviceHere(device);
  if (target === null) throw new UserError(`device: ${device} is not available: ${why}`);
  return sessionOn(opened, {
    target,
    why: `${device === 'auto' ? `auto takes ${target.name}` : `${target.name} was asked for`}: ${why}`,
    precision: options.training === true ? (options.precision ?? run.precision) : undefined,
    cores: cores(),
    exact: wasm,
    training: options.training === true,
    asConfigured: options.device === undefined,
  });
}
