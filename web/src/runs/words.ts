/** Floor 7. Times and sizes in words. */
import { amount } from 'poolgrad/browser';

const UNITS = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
] as const;

/** `3 minutes ago` of ms since 1970. */
export function ago(time: number, now = Date.now()): string {
  const seconds = Math.max(0, (now - time) / 1000);
  const unit = UNITS.find(([, size]) => seconds >= size);
  if (unit === undefined) return 'just now';
  const count = Math.floor(seconds / unit[1]);
  return `${count} ${unit[0]}${count === 1 ? '' : 's'} ago`;
}

/** `1.2 MB` */
export const bytes = (size: number): string => (size < 1000 ? `${size} B` : `${amount(size)}B`);
