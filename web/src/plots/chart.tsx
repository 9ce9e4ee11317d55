/** Floor 7. A chart as a figure: as wide as there is room for, drawn by turns (queue.ts), with its text in place of the picture. */
import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { draw, undraw } from './queue.js';

export interface Room {
  readonly width: number;
  readonly height: number;
}

interface Props {
  readonly title: string;
  /** What the picture says, in words and figures. */
  readonly text: string;
  readonly height: number;
  /** Whether it stays in sight above a narrow form, and is to be lower there. */
  readonly sticky?: boolean;
  /** What it is drawn from: another one is another picture. */
  readonly of: unknown;
  readonly picture: (room: Room) => SVGElement | HTMLElement;
  /** Names of its lines, and what else stands above it. */
  readonly children?: ComponentChildren;
}

/** A policy forbids styles within the page: Plot's own, which the stylesheet has, are taken out before they count. */
function withoutStyles(picture: SVGElement | HTMLElement): SVGElement | HTMLElement {
  for (const style of picture.querySelectorAll('style')) style.remove();
  return picture;
}

/** Narrower is a phone, and how high a chart is there that stays in sight. */
const NARROW = 600;
const LOW = 150;

export function Chart({ title, text, height, sticky = false, of, picture, children }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const last = useRef(picture);
  last.current = picture;
  useLayoutEffect(() => {
    const element = box.current!;
    const redraw = () =>
      draw(element, () => {
        const width = Math.floor(element.clientWidth);
        if (width === 0) return;
        const room = { width, height: sticky && width < NARROW ? LOW : height };
        element.style.height = `${room.height}px`;
        element.replaceChildren(withoutStyles(last.current(room)));
      });
    redraw();
    let { clientWidth } = element;
    const seen = new ResizeObserver(() => {
      if (element.clientWidth === clientWidth) return;
      clientWidth = element.clientWidth;
      redraw();
    });
    seen.observe(element);
    return () => {
      seen.disconnect();
      undraw(element);
    };
  }, [of, height, sticky]);
  return (
    <figure class="chart">
      <figcaption>
        <h3>{title}</h3>
        {children}
      </figcaption>
      <div class="picture" ref={box} role="img" aria-label={`${title}: ${text}`} />
    </figure>
  );
}

export interface Key {
  readonly name: string;
  readonly colour: string;
  readonly figure?: string;
}

/** Names of lines with their colours, as classes of the stylesheet. */
export function Keys({ keys }: { readonly keys: readonly Key[] }) {
  return (
    <p class="keys">
      {keys.map(({ name, colour, figure }) => (
        <span key={name}>
          <i class={`ink-${colour}`} aria-hidden="true" />
          {name}
          {figure !== undefined && <b> {figure}</b>}
        </span>
      ))}
    </p>
  );
}
