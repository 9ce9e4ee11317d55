/**
 * Text on its way to a terminal. Names, paths and cells of foreign files come into messages, and a terminal obeys what it
 * is sent: escape sequences set titles and colours, line breaks forge lines, bidirectional controls turn text around.
 * Whatever is printed goes through here; controls come out as they are written in a program: \x1b, \n, \u202e.
 */

/** Controls (C0, DEL, C1), separators of lines, direction marks and overrides, halves of surrogate pairs. */
const CONTROLS = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** As one line: line breaks are shown too. */
export function inline(text: string): string {
  return text.replace(CONTROLS, written);
}

/** As lines: line breaks stay. */
export function visible(text: string): string {
  return text.replace(CONTROLS, (control) => (control === '\n' ? control : written(control)));
}

/** From U+007F on in the form that JSON knows too, which escapes those before by itself. */
function written(control: string): string {
  const code = control.charCodeAt(0);
  const hex = (digits: number) => code.toString(16).padStart(digits, '0');
  return SHORT[control] ?? (code < 0x7f ? `\\x${hex(2)}` : `\\u${hex(4)}`);
}

/** Lines on stderr, each of them one. */
export function printToStderr(...lines: readonly string[]): void {
  process.stderr.write(lines.map((line) => `${inline(line)}\n`).join(''));
}
