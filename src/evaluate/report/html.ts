// Floor 5. HTML by tagged template: whatever is interpolated is escaped unless it is Html already.

import { visible } from '../../terminal.js';

/** A piece of markup that is safe to print as it stands. */
export class Html {
  constructor(readonly text: string) {}
  toString(): string {
    return this.text;
  }
}

type Content = string | number | Html | Content[] | false | null | undefined;

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Text made safe for element content and for quoted attribute values. */
export function escapeHtml(text: string): string {
  return visible(text).replace(/[&<>"']/g, (character) => ENTITIES[character]);
}

function print(content: Content): string {
  if (content === false || content === null || content === undefined) return '';
  if (content instanceof Html) return content.text;
  return Array.isArray(content) ? content.map(print).join('') : escapeHtml(String(content));
}

/** html`<p>${anything}</p>`: strings and numbers escaped, arrays joined, false, null and undefined left out. */
export function html(strings: TemplateStringsArray, ...contents: Content[]): Html {
  return new Html(strings.reduce((text, part, i) => text + print(contents[i - 1]) + part));
}

/** Markup made elsewhere (an SVG), taken as it is. */
export const trusted = (text: string): Html => new Html(text);
