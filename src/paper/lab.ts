/** Floor 5. What an experiment has to work with: markets on drawn prices and under shocks, numbers by a seed, and time. */
import type { OraclePool } from '../compute/oracle.js';
import { meanWithError } from '../evaluate/statistics.js';
import { draw } from '../targets/runtime.js';
import type { SynchronousTarget } from '../targets/target.js';
import { type Law, STOCK, StudyMarket, type Tape } from './market.js';

export interface LabOptions {
  readonly target: SynchronousTarget;
  /** Of all draws, an integer in [0, 2^32). */
  readonly seed: number;
  /** Paths of drawn prices behind each mean. */
  readonly paths: number;
  /** Called with what is being done. */
  readonly tell?: (text: string) => void;
  /** Gives others their turn; throws where the study is to stop. */
  readonly turn?: () => Promise<void>;
}

/** Mean of a sample and its standard error. */
export interface Mean {
  readonly mean: number;
  readonly error: number;
}

export const meanOf = (xs: readonly number[]): Mean => meanWithError(Float64Array.from(xs));

export class Lab {
  readonly target: SynchronousTarget;
  readonly seed: number;
  readonly paths: number;
  readonly tell: (text: string) => void;
  readonly turn: () => Promise<void>;
  private readonly markets = new Map<string, StudyMarket>();
  private readonly kept = new Map<string, unknown>();

  constructor({ target, seed, paths, tell, turn }: LabOptions) {
    this.target = target;
    this.seed = seed;
    this.paths = paths;
    this.tell = tell ?? (() => {});
    this.turn = turn ?? (async () => {});
  }

  /** A market on prices drawn by a law, `steps` minutes; compiled once. */
  drawn(law: Law, steps: number): StudyMarket {
    return this.market(`${JSON.stringify(law)} ${steps}`, () => StudyMarket.drawn(law, steps, this.seed, this.target));
  }

  /** A market on a tape, in steps of some minutes. The name says which. */
  recorded(name: string, tape: Tape, minutes: number): StudyMarket {
    return this.market(`${name} ${minutes}`, () => StudyMarket.recorded(tape, minutes, this.target));
  }

  private market(key: string, make: () => StudyMarket): StudyMarket {
    const known = this.markets.get(key) ?? make();
    this.markets.set(key, known);
    return known;
  }

  /** What several claims need, made once. */
  async once<T>(key: string, make: () => Promise<T>): Promise<T> {
    if (!this.kept.has(key)) this.kept.set(key, await make());
    return this.kept.get(key) as T;
  }

  /** Numbers in (0, 1), the same for the same stream and seed. */
  uniform(stream: number): () => number {
    let at = 0;
    return () => draw(this.seed, stream, at++, 0);
  }

  /** Standard normal numbers (Box and Muller 1958). */
  normal(stream: number): () => number {
    const u = this.uniform(stream);
    return () => Math.sqrt(-2 * Math.log(u())) * Math.cos(2 * Math.PI * u());
  }

  dispose(): void {
    for (const market of this.markets.values()) market.dispose();
    this.markets.clear();
  }
}

/** The oracle pool beside the market: same stock, same flows. */
export const oraclePool = (of: Pick<OraclePool, 'delay' | 'window'> & Partial<OraclePool>): OraclePool => ({
  heartbeat: 1,
  fee: 0.003,
  psi: STOCK,
  theta: STOCK,
  demand: 0,
  supply: 0,
  demandElasticity: 0,
  supplyElasticity: 0,
  arbitrage: 0.05,
  ...of,
});
