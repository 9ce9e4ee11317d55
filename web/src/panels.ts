/**
 * Floor 7. What the page is made of beside the form, by slots: panels, ways to choose prices, and actions of the head. Each is a
 * file of its own, in views/ or in a folder of its part; a new one is a line here.
 */
import type { ComponentType } from 'preact';
import { FilePrices } from './files/file-prices.js';
import { FilesPanel } from './files/saving.js';
import { RunsPanel } from './runs/panel.js';
import { LinkAction } from './views/link-action.js';
import { MapHead, MapMore } from './views/map.js';
import { DrawnPrices } from './views/prices-drawn.js';
import { SimulateHead, SimulateMore } from './views/simulate.js';
import { TrainingHead, TrainingMore } from './views/training.js';

/** One at a time, by its tab. */
export interface Panel {
  /** In the link. */
  readonly id: string;
  /** On its tab. */
  readonly title: string;
  /** Stays in sight while the form is used: on a narrow screen above it. */
  readonly head: ComponentType;
  /** Below it. */
  readonly more?: ComponentType;
  /** Whether it takes the whole width: it is not about the config of the form. */
  readonly isAlone?: boolean;
}

export const panels: readonly Panel[] = [
  { id: 'simulate', title: 'Simulate', head: SimulateHead, more: SimulateMore },
  { id: 'train', title: 'Train', head: TrainingHead, more: TrainingMore },
  { id: 'map', title: 'Map', head: MapHead, more: MapMore },
  { id: 'files', title: 'Files', head: FilesPanel },
  { id: 'runs', title: 'Runs', head: RunsPanel, isAlone: true },
];

/** A way to come by prices, shown while it is chosen; the shipped ones need nothing said. */
export interface PriceSource {
  readonly from: 'drawn' | 'file';
  /** Among the choices. */
  readonly title: string;
  readonly view: ComponentType;
}

export const priceSources: readonly PriceSource[] = [
  { from: 'drawn', title: 'Drawn by a process', view: DrawnPrices },
  { from: 'file', title: 'Files of your own', view: FilePrices },
];

/** Buttons of the head, from left to right. */
export const actions: readonly ComponentType[] = [LinkAction];
