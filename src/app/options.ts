/** Floor 5½. What the command line hands to the jobs, and what a job hands back to be printed. */
import type { Precision } from '../graph/index.js';

/** The result of a job: shown as text, or with --json as one JSON document. */
export interface JobOutput {
  readonly text: string;
  readonly json: object;
  /** 1 where the job ran but its finding is a failure (verify beyond tolerance). */
  readonly exitCode?: 0 | 1;
}

export interface TrainOptions {
  /** Path of a config; absent when a checkpoint is resumed. */
  readonly config?: string;
  /** Path of a checkpoint to go on from. */
  readonly resume?: string;
  /** Path of a checkpoint or of a result file of the Python simulator to take start values from. */
  readonly initFrom?: string;
  /** Which entry of that result file, from 1; the best where absent. */
  readonly entry?: number;
  /** Where the checkpoint goes. */
  readonly out?: string;
  readonly device?: string;
  /** `a.b=c` each. */
  readonly set: readonly string[];
  readonly seed?: number;
  readonly precision?: Precision;
  /** An amount such as 2GB. */
  readonly memory?: string;
  /** Path of a dataset, in place of the config's; of a resumed checkpoint's, where it lies now. */
  readonly data?: string;
  /** Whether files of code that the checkpoint names may run; left out: it is refused if it names any. */
  readonly allowCode?: boolean;
  readonly json: boolean;
  /** Aborted by the first Ctrl-C: save what was reached, return. */
  readonly signal: AbortSignal;
}

export interface TrainOutput extends JobOutput {
  /** Path of the checkpoint that was written. */
  readonly checkpoint: string;
  /** The command that takes it from there. */
  readonly next: string;
}

/** Of a maker on a recording of trades alone. */
export interface ReplayFlags {
  /** Share of the touch's size that stands ahead of a quote, 0 to 1; all of it where left out. */
  readonly queue?: number;
  /** Units of the asset in a lot; the median size of the trades where left out. */
  readonly lot?: number;
}

export interface EvaluateOptions extends ReplayFlags {
  /** Path of a checkpoint, or of a result file of the Python simulator. */
  readonly checkpoint: string;
  /** Path of the HTML report. */
  readonly out: string;
  /** Another dataset than the checkpoint's. */
  readonly data?: string;
  /** Which entry of a result file, from 1; the best where absent. */
  readonly entry?: number;
  /** `a.b=c` each. */
  readonly set?: readonly string[];
  readonly device?: string;
  /** Whether files of code that the checkpoint names may run; left out: it is refused if it names any. */
  readonly allowCode?: boolean;
  readonly json: boolean;
}

export interface CompareOptions extends Omit<EvaluateOptions, 'checkpoint'> {
  /** Paths of two or more checkpoints, or result files of the Python simulator. */
  readonly checkpoints: readonly string[];
}

export interface ExportOptions {
  readonly checkpoint: string;
  /** Another dataset than the checkpoint's. */
  readonly data?: string;
  /** `a.b=c` each. */
  readonly set?: readonly string[];
  readonly device?: string;
  /** Name of an exporter. */
  readonly to: string;
  /** Path of the file; the exporter's own name for it where absent. */
  readonly out?: string;
  /** Path of a YAML or JSON file with addresses, salts and names. */
  readonly template?: string;
  readonly strict: boolean;
  /** Whether files of code that the checkpoint names may run; left out: it is refused if it names any. */
  readonly allowCode?: boolean;
  readonly json: boolean;
}

export interface SimulateOptions extends ReplayFlags {
  /** Path of a config or a checkpoint. */
  readonly source: string;
  /** Path of the file: Arrow, or CSV by its ending. */
  readonly out: string;
  /** Minutes between rows; left out: an hour, raised to whole steps. */
  readonly every?: number;
  /** One pool through all rows, instead of one that starts afresh where that of `evaluate` does. */
  readonly through?: boolean;
  /** Whether the system's identities are looked at, over its test windows. */
  readonly check?: boolean;
  /** Which scenario of drawn data, from 0; left out: 0. */
  readonly scenario?: number;
  /** Another dataset than that of the source. */
  readonly data?: string;
  readonly set: readonly string[];
  readonly device?: string;
  /** Whether files of code that the checkpoint names may run; left out: it is refused if it names any. */
  readonly allowCode?: boolean;
  readonly json: boolean;
}

export interface WeightsOptions {
  readonly checkpoint: string;
  /** Another dataset than the checkpoint's. */
  readonly data?: string;
  /** `a.b=c` each. */
  readonly set?: readonly string[];
  /** Only rows up to this time. */
  readonly at?: string;
  /** The live pool's weights, `0.4,0.6`. */
  readonly weights?: string;
  /** Path of a file for every rule step: Arrow, or CSV by its ending. */
  readonly path?: string;
  readonly device?: string;
  /** Whether files of code that the checkpoint names may run; left out: it is refused if it names any. */
  readonly allowCode?: boolean;
  readonly json: boolean;
}

export interface UiOptions {
  readonly folder: string;
  /** Folder of the built page. */
  readonly page: string;
  readonly port: number;
  /** Aborted by the first Ctrl-C. */
  readonly signal: AbortSignal;
  readonly onListening: (url: string) => void;
}

export interface ServeOptions {
  /** Path of a market of venues. */
  readonly market: string;
  /** Absent: the market's path with .log. */
  readonly log?: string;
  readonly host: string;
  /** 0 for any that is free. */
  readonly port: number;
  /** Ends the service. */
  readonly signal: AbortSignal;
  /** What a person should know, a line each. */
  readonly tell: (note: string) => void;
}

export interface QuoteOptions {
  /** Path of a market of venues. */
  readonly market: string;
  /** `gpu=100,vram=512` */
  readonly need: string;
  /** `50ms` */
  readonly latency?: string;
  /** Names, separated by commas. */
  readonly region?: string;
  readonly tier?: string;
  readonly json: boolean;
}

export interface VerifyOptions {
  /** Paths of JSON files with cases. */
  readonly cases: readonly string[];
  /** Path of the price file that the cases speak of. */
  readonly prices?: string;
  readonly device?: string;
  readonly json: boolean;
}
