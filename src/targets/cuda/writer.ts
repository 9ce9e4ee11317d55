/** Floor 1, cuda target. PTX text in the making: registers by type, instructions, labels, literals. */
import type { DType } from '../../graph/index.js';
import type { Format } from '../precision.js';

/** Register classes: double, single, predicate, 32-bit and 64-bit words. */
export type RegisterType = DType | 'f32' | 'b64';
export type Register = string;

const CLASSES: Readonly<Record<RegisterType, 'f64' | 'f32' | 'pred' | 'b32' | 'b64'>> = {
  f64: 'f64',
  f32: 'f32',
  bool: 'pred',
  cond: 'pred',
  i32: 'b32',
  b64: 'b64',
};
const PREFIXES = { f64: '%f', f32: '%s', pred: '%p', b32: '%r', b64: '%d' } as const;

/** Every value has a register of its own; the driver's compiler decides which of them share one of the machine. */
export class Registers {
  private readonly counts = { f64: 0, f32: 0, pred: 0, b32: 0, b64: 0 };

  of(type: RegisterType): Register {
    const kind = CLASSES[type];
    return `${PREFIXES[kind]}${this.counts[kind]++}`;
  }

  declarations(): string {
    return Object.entries(this.counts)
      .filter(([, count]) => count > 0)
      .map(([kind, count]) => `\t.reg .${kind} ${PREFIXES[kind as keyof typeof PREFIXES]}<${count}>;\n`)
      .join('');
  }
}

const bits = new DataView(new ArrayBuffer(8));

export class Writer {
  private readonly lines: string[] = [];
  private labels = 0;

  constructor(private readonly registers: Registers) {}

  write(instruction: string): void {
    this.lines.push(`\t${instruction};\n`);
  }

  /** Writes an instruction whose result, %, is a new register. */
  keep(type: RegisterType, instruction: string): Register {
    const register = this.registers.of(type);
    this.write(instruction.replace('%', register));
    return register;
  }

  newLabel(): string {
    return `L${this.labels++}`;
  }

  label(name: string): void {
    this.lines.push(`${name}:\n`);
  }

  /** A number by its bits, in a format. */
  number(value: number, format: Format): string {
    if (format === 'f32') {
      bits.setFloat32(0, value);
      return `0f${bits.getUint32(0).toString(16).toUpperCase().padStart(8, '0')}`;
    }
    bits.setFloat64(0, value);
    return `0d${bits.getBigUint64(0).toString(16).toUpperCase().padStart(16, '0')}`;
  }

  text(): string {
    return this.lines.join('');
  }
}
