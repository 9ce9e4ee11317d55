/** Floor 5. A page as one file that needs nothing else: its style and its script within, all else shut out by its policy. */
import { figuresBlock, type ReportFigures } from './figures.js';
import { type Html, html, trusted } from './html.js';
import { POLICY, SCRIPT } from './script.js';
import { STYLE } from './style.js';

/** A document as a string that starts with the doctype. Without script the page is whole, only still. */
export function htmlDocument(title: string, body: Html, figures?: ReportFigures): string {
  const document = html`<html lang="en"><head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <meta http-equiv="Content-Security-Policy" content="${trusted(POLICY)}">
    <title>${title} · poolgrad</title>
    <style>${trusted(STYLE)}</style>
  </head><body>${body}${figures && figuresBlock(figures)}<script>${trusted(SCRIPT)}</script></body></html>`;
  return `<!doctype html>\n${document.text}\n`;
}

/** A section, or nothing if it has no content. */
export function section(title: string, content: Html | false | null | undefined, lead?: string | false): Html | false {
  if (!content) return false;
  return html`<section><h2>${title}</h2>${lead && html`<p class="lead">${lead}</p>`}${content}</section>`;
}

/** Label and text, side by side. */
export const factList = (facts: readonly (readonly [string, string])[]): Html | false =>
  facts.length > 0 &&
  html`<dl class="facts">${facts.map(([label, text]) => html`<div><dt>${label}</dt><dd>${text}</dd></div>`)}</dl>`;

export const warningList = (warnings: readonly string[]): Html | false =>
  warnings.length > 0 && html`<ul class="warnings">${warnings.map((text) => html`<li>${text}</li>`)}</ul>`;
