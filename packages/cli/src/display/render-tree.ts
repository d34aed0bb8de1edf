/** The run tree as lines of text: symbols, names, states, durations, and counts for groups. */
import {
  durationText,
  type GroupNode,
  groupState,
  orphanText,
  type RunNode,
  runDurationMs,
  shownCounts,
  type TreeNode,
  waitText,
} from '@millrace/views';
import { isTerminal } from '@millrace/kernel';
import { statePaint, stateSymbol } from '../output/state-look.ts';
import type { Channel } from '../output/terminal.ts';
import { cutTo, oneLine, textWidth } from '../output/text-width.ts';

export interface TreeLook {
  readonly channel: Pick<Channel, 'paint' | 'columns'>;
  readonly isUnicode: boolean;
  /** Epoch ms, for the durations of unfinished runs. */
  readonly now: number;
  /** Shows a bar beside unfinished groups. */
  readonly hasBars?: boolean;
}

const BAR_WIDTH = 12;
const MESSAGE_WIDTH_MIN = 20;
const TITLE_WIDTH_MIN = 12;

/** One line a node, the root first, cut to the width of the channel. */
export function renderTree(root: TreeNode, look: TreeLook): readonly string[] {
  return [lineOf(root, '', look), ...branches(root.children, '', look)];
}

function branches(nodes: readonly TreeNode[], indent: string, look: TreeLook): readonly string[] {
  const { paint } = look.channel;
  return nodes.flatMap((node, index) => {
    const isLast = index === nodes.length - 1;
    const [tee, corner, pipe] = look.isUnicode ? ['├─ ', '└─ ', '│  '] : ['|- ', '`- ', '|  '];
    const lead = indent + (isLast ? corner : tee);
    return [lineOf(node, paint.dim(lead), look), ...branches(node.children, indent + (isLast ? '   ' : pipe), look)];
  });
}

function lineOf(node: TreeNode, lead: string, look: TreeLook): string {
  return node.kind === 'group' ? groupLine(node, lead, look) : runLine(node, lead, look);
}

function runLine(node: RunNode, lead: string, look: TreeLook): string {
  const { channel, now } = look;
  const { paint } = channel;
  const colour = statePaint(node.state.type, channel);
  const kind = node.kind === 'flow' || node.kind === 'task' ? '' : paint.dim(` (${node.kind})`);
  const lasted = lastedText(node, now);
  const attempts = node.runCount > 1 ? `  ${paint.dim(`${node.runCount} attempts`)}` : '';
  const ending = `${kind}  ${colour(nameOf(node))}${lasted === '' ? '' : `  ${paint.dim(lasted)}`}${attempts}`;
  const begin = `${lead}${colour(stateSymbol(node.state.type, look))} `;
  const room = Math.max(TITLE_WIDTH_MIN, channel.columns - textWidth(begin) - textWidth(ending));
  const line = begin + titleOf(node, look, room) + ending;
  return line + noteOf(node, look, channel.columns - textWidth(line) - 2);
}

function nameOf({ state, orphan }: RunNode): string {
  return orphan === undefined ? state.name : `${state.name} (orphaned)`;
}

/** The name of the flow, then that of the run if there is room for both. */
function titleOf(node: RunNode, { channel, isUnicode }: TreeLook, room: number): string {
  const name = oneLine(node.name);
  if (node.kind !== 'flow') return cutTo(name, room);
  const of = cutTo(oneLine(node.of), room);
  const separator = isUnicode ? ' · ' : ' - ';
  const left = room - textWidth(of) - separator.length;
  return channel.paint.bold(of) + (left < TITLE_WIDTH_MIN / 2 ? '' : `${separator}${cutTo(name, left)}`);
}

/** The reason for a failure or a wait, if there is room for it. */
function noteOf(node: RunNode, { channel, now }: TreeLook, room: number): string {
  if (room < MESSAGE_WIDTH_MIN) return '';
  const { state, waiting, orphan } = node;
  if (orphan !== undefined) return `  ${channel.paint.dim(cutTo(orphanText(orphan, now), room))}`;
  if (!isTerminal(state) && state.type !== 'RUNNING' && waiting !== null)
    return `  ${channel.paint.dim(cutTo(waitText(waiting, now), room))}`;
  if (state.message === null || state.message === '' || state.type === 'COMPLETED' || state.type === 'RUNNING')
    return '';
  return `  ${channel.paint.dim(cutTo(oneLine(state.message), room))}`;
}

function groupLine(node: GroupNode, lead: string, look: TreeLook): string {
  const { channel } = look;
  const { paint } = channel;
  const type = groupState(node.counts);
  const symbol = statePaint(type, channel)(stateSymbol(type, look));
  const times = paint.dim(` ${look.isUnicode ? '×' : 'x'}${grouped(node.total)}`);
  const counts = countsOf(node.counts, look);
  const ending = (bar: readonly string[]): string => [times, ...bar, ...counts].join('  ');
  const room = channel.columns - textWidth(`${lead}${symbol} `);
  const withBar = ending(barOf(node, look));
  const fits = textWidth(withBar) + Math.min(TITLE_WIDTH_MIN, textWidth(node.of)) <= room;
  const end = fits ? withBar : ending([]);
  const name = cutTo(oneLine(node.of), Math.max(TITLE_WIDTH_MIN, room - textWidth(end)));
  return `${lead}${symbol} ${node.members === 'flow' ? paint.bold(name) : name}${end}`;
}

function countsOf(counts: GroupNode['counts'], look: TreeLook): readonly string[] {
  return shownCounts(counts).map(([type, count]) =>
    statePaint(type, look.channel)(`${stateSymbol(type, look)} ${grouped(count)}`),
  );
}

function barOf(node: GroupNode, look: TreeLook): readonly string[] {
  if (look.hasBars !== true) return [];
  const { COMPLETED = 0, FAILED = 0, CRASHED = 0, CANCELLED = 0 } = node.counts;
  const ended = COMPLETED + FAILED + CRASHED + CANCELLED;
  if (ended === node.total) return [];
  return [barText(ended / node.total, look)];
}

/** A bar with its percentage. */
export function barText(share: number, { channel, isUnicode }: TreeLook): string {
  const full = Math.floor(share * BAR_WIDTH);
  const [on, off] = isUnicode ? ['━', '─'] : ['#', '-'];
  const { paint } = channel;
  return `${paint.green(on.repeat(full))}${paint.dim(off.repeat(BAR_WIDTH - full))} ${String(Math.floor(share * 100)).padStart(2)}%`;
}

function lastedText(node: RunNode, now: number): string {
  const ms = runDurationMs(node, now);
  return ms === null ? '' : durationText(ms);
}

/** With separators: 10,000. */
function grouped(count: number): string {
  return String(count).replace(/\B(?=(?:\d{3})+$)/g, ',');
}
