import type { Channel } from '@hermes/protocol';
import { painter } from '../painter.js';
import { printable } from '../printable.js';

const HEAD = ['id', 'type', 'name', 'unread', 'newest'];

/** A line for each channel, columns aligned, below a line that names them. @param userId whose channels they are */
export function channelTable(channels: readonly Channel[], userId: string, colours: boolean): string[] {
  const rows = channels.map((channel) => [
    printable(channel.id),
    channel.type.toLowerCase(),
    printable(nameOf(channel, userId)),
    String(channel.unread),
    channel.position === 0 ? '' : `#${channel.position}`,
  ]);
  const widths = HEAD.map((head, column) => Math.max(head.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const paint = painter(colours);
  return [HEAD, ...rows].map((row, index) => {
    const line = row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ');
    return paint(index === 0 ? 'dim' : 'plain', line.trimEnd());
  });
}

/** A private channel is called by the other one of the two. */
function nameOf({ type, name, members }: Channel, userId: string): string {
  if (type !== 'PRIVATE') return name;
  return members.find((member) => member.userId !== userId)?.userId ?? userId;
}
