/** Floor 2. The programs of a roll-out, one for each question: traced when they are first needed. */
import { adjoint, type Program, prune, type Strategy } from '../graph/index.js';
import { MEAN } from './aggregate.js';
import type { ParameterLayout } from './layout.js';
import { EPOCHS, LIKELIHOOD, measureOf, PARAMETERS, SCORE, STEPS, type Variant } from './names.js';
import { systemProgram } from './program.js';
import type { RolloutSpec } from './spec.js';

export class Programs {
  private readonly gradients = new Map<Strategy, Program>();
  private traced: Program | null = null;

  /**
   * @param spec completed
   * @param differentiable names of the outputs of a signal that gradients are pulled back to
   */
  constructor(
    private readonly spec: RolloutSpec,
    private readonly layout: ParameterLayout,
    private readonly differentiable: () => readonly string[],
  ) {}

  /** Of a question that asks for no gradient. */
  forward(variant: Variant): Program {
    return variant === 'score' ? withoutLikelihood(this.score) : systemProgram(this.spec, this.layout, variant);
  }

  /** Of the scores and their gradient; kept by strategy. */
  gradient(strategy: Strategy): Program {
    const known = this.gradients.get(strategy);
    if (known !== undefined) return known;
    const made = adjoint(this.score, {
      wrt: [PARAMETERS, ...this.differentiable()],
      seeds: {
        ...Object.fromEntries(this.counted.map((name) => [name, this.isCounted ? 'input' : 'one'] as const)),
        ...(this.drawsOutcomes ? { [LIKELIHOOD]: 'input' as const } : {}),
      },
      outputs: this.counted,
      strategy: { [this.outermost]: strategy },
    });
    this.gradients.set(strategy, made);
    return made;
  }

  /** Steps of an epoch; undefined where the system has none. */
  get epoch(): number | undefined {
    const { system, settings, clock } = this.spec;
    return system.epoch?.(settings, clock);
  }

  /** The scan whose carries the memory plan is about. */
  get outermost(): string {
    return this.epoch === undefined ? STEPS : EPOCHS;
  }

  /** Names of the outputs of what is measured beside the score. */
  get measures(): string[] {
    return (this.spec.measured ?? []).map((_, k) => measureOf(k));
  }

  /** Names of all that can count in a gradient. */
  get counted(): string[] {
    return [SCORE, ...this.measures];
  }

  /** Whether a pass forward has to say what a window counts: one of the score counts by all, one of a measure as any other. */
  get weighsAhead(): boolean {
    const { aggregate = MEAN } = this.spec;
    return this.drawsOutcomes || (this.measures.length > 0 && aggregate.kind !== 'mean');
  }

  /** Without what no score needs, such as a source that is only watched: a gradient would carry it along. */
  private get score(): Program {
    this.traced ??= prune(systemProgram(this.spec, this.layout, 'score'));
    return this.traced;
  }

  /** Whether parameters decide discrete outcomes, whose score term the gradient then has. */
  private get drawsOutcomes(): boolean {
    return hasLikelihood(this.score);
  }

  /** Whether a run says what is counted. */
  private get isCounted(): boolean {
    return this.drawsOutcomes || this.measures.length > 0;
  }
}

const hasLikelihood = ({ graph }: Program): boolean =>
  graph.buffers.some(({ kind, name }) => kind === 'output' && name === LIKELIHOOD);

/** Only gradients ask for it. */
const withoutLikelihood = (program: Program): Program =>
  hasLikelihood(program) ? prune(program, ({ name }) => name !== LIKELIHOOD) : program;
