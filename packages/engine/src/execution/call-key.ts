/**
 * The key of a call, and the record under this key. A recorded value goes to its own call or to none (law 3).
 *
 * A call with distinct arguments or a `key` is found by them. Equal calls are identified only by their order in their logical thread
 * (runs/thread.ts), which is trusted within the thread. Where the thread is unknown and several calls of the group are recorded, the replay
 * is refused; a lone recorded call is trusted until a second call shows that there was a choice.
 */
import type { Frame, Run } from '../runs/model.ts';
import {
  type FlowRunRecord,
  groupKey,
  inputHash,
  partsOfReplayKey,
  type RecordedChildren,
  replayKey,
  type TaskRunKind,
  type TaskRunRecord,
  UNKNOWN_THREAD,
} from '@millrace/kernel';
import { refuseReplay, warnOfBranches } from './ambiguous-calls.ts';
import { nameInKey } from '../runs/call-position.ts';
import { threadHere } from '../runs/thread.ts';

/** A call as it is told from others, beside its name, key and place. */
export interface CallArguments {
  readonly kind: TaskRunKind | 'flow';
  readonly args: readonly unknown[];
  /** In place of the hash of inputs that never came: no call that has its inputs shares a key with these. */
  readonly unready?: string | undefined;
  /** Whether the caller looks at the thread again where it can't be seen yet: see `unseen`. */
  readonly looksAgain?: boolean | undefined;
  /** Whether a record is as good as the call's own, where the thread does not identify it: only for calls without a value. */
  readonly fits?: ((record: TaskRunRecord) => boolean) | undefined;
}

/** Thrown for a call whose thread can't be seen yet: who calls has to look again (runs/call-position.ts). */
export const unseen = Symbol('unseen');

interface IdentifiedCall extends CallArguments {
  readonly run: Run;
  readonly name: string;
}

export interface KeyedCall {
  readonly key: string;
  readonly recorded: TaskRunRecord | FlowRunRecord | undefined;
  /** Digest of the arguments; null = there are none. */
  readonly inputs: string | null;
}

/** @throws AmbiguousReplay when this may be any of several recorded calls; then the whole tree fails */
export function keyCall(frame: Frame, run: Run, given: CallArguments): KeyedCall {
  const { name, key: ownKey } = run.definition;
  const call: IdentifiedCall = { ...given, run, name };
  const { args, unready } = call;
  const hash = unready !== undefined || args.length === 0 ? undefined : inputHash(args, frame.runtime.digest);
  const group = groupKey({
    parentScope: frame.childScope,
    taskKey: nameInKey(call),
    key: ownKey ?? undefined,
    inputHash: unready ?? hash?.text,
  });
  const isIdentified = unready !== undefined || ownKey !== null || hash?.isWhole === true;
  const key = isIdentified ? keyOfIdentified(frame, call, group) : keyInThread(frame, call, group);
  const recorded = frame.run.execution?.recorded;
  return {
    key,
    recorded: call.kind === 'flow' ? recorded?.flow(key) : recorded?.task(key),
    inputs: hash?.text ?? null,
  };
}

/**
 * Calls that are equal in everything that identifies them have equal results, so their order is no reason to refuse. The first pays for no look at
 * its thread; the others have theirs, so that those of branches get their own.
 */
function keyOfIdentified(frame: Frame, call: IdentifiedCall, group: string): string {
  const first = replayKey(group, { thread: '', occurrence: 0 });
  const count = frame.calls.next(group);
  const recorded = recordedFor(frame);
  const hasBranches = recorded?.hasOpenBranch(group) === true;
  if (!hasBranches && (count === 0 || recorded?.isOpen(first) === true)) return first;
  const thread = call.unready !== undefined ? '' : (call.run.at?.thread ?? threadHere(frame));
  const open = recorded !== undefined && hasBranches ? recorded.open(group) : [];
  const own =
    open.find((record) => thread !== '' && threadOf(record) === thread) ??
    open.find((record) => threadOf(record) === '') ??
    open[0];
  return own?.replayKey ?? nextKey(frame, group, { thread, from: thread === '' ? 1 : 0 });
}

function keyInThread(frame: Frame, call: IdentifiedCall, group: string): string {
  const { at } = call.run;
  const base = at?.thread ?? threadHere(frame);
  const isKnown = base !== UNKNOWN_THREAD;
  if (!isKnown && at === null && call.looksAgain === true) throw unseen;
  const isFirstBeside = base !== '' && frame.calls.isFirstBeside(group, base);
  const recorded = recordedFor(frame);
  const key = nextKey(frame, group, { thread: `${base}${at?.turn ?? ''}`, from: 0 });
  const isTrusted = isKnown && recorded?.hasOpenUnknown(group) !== true;
  const open =
    recorded === undefined || (isTrusted && !mayBeAnothers(frame, call, { group, base, key }))
      ? []
      : recorded.open(group);
  const [earliest] = open;
  const lone = frame.calls.loneOf(group);
  const mayBeLone = lone !== undefined && (!isKnown || threadOf(lone) === base);
  if (mayBeLone && !frame.run.tree.trustsOrder && call.kind !== 'sleep') refuseReplay(frame, call, [lone]);
  if (earliest === undefined) {
    if (isFirstBeside && recorded?.isOpen(key) !== true) warnOfBranches(frame, call, isKnown);
    return key;
  }
  const { fits } = call;
  const isLone = !isTrusted && recorded?.isLone(group) === true;
  if (isLone) frame.calls.trustLone(group, earliest);
  const chosen =
    isLone || frame.run.tree.trustsOrder
      ? earliest
      : fits === undefined
        ? undefined
        : open.find((record) => record.kind !== 'flow' && fits(record));
  return chosen?.replayKey ?? refuseReplay(frame, call, open);
}

/**
 * Branches that share work, such as workers over one queue, come to it in any order: the first call of each is its own, of the further ones
 * nothing shows which branch makes which. A sleep has no value to mistake.
 */
function mayBeAnothers(
  frame: Frame,
  call: IdentifiedCall,
  { group, base, key }: { readonly group: string; readonly base: string; readonly key: string },
): boolean {
  if (base === '' || call.kind === 'sleep' || key.endsWith('.0')) return false;
  if (frame.calls.isBeside(group)) return true;
  const others = recordedFor(frame)?.open(group) ?? [];
  return others.some((record) => (threadOf(record) ?? '').replace(/\+.*$/, '') !== base && threadOf(record) !== '');
}

/** The records of earlier executions; undefined = there are none. */
function recordedFor({ run }: Frame): RecordedChildren | undefined {
  const recorded = run.execution?.recorded;
  return recorded === undefined || recorded.size === 0 ? undefined : recorded;
}

function threadOf({ replayKey: key }: TaskRunRecord | FlowRunRecord): string | undefined {
  return key === null ? undefined : partsOfReplayKey(key)?.thread;
}

/** The next key of the thread that no call of this execution has. */
function nextKey(
  frame: Frame,
  group: string,
  { thread, from }: { readonly thread: string; readonly from: number },
): string {
  const recorded = recordedFor(frame);
  for (;;) {
    const occurrence = from + frame.calls.next(thread === '' && from === 0 ? group : `${group}~${thread}`);
    const key = replayKey(group, { thread, occurrence });
    if (recorded?.isCalled(key) !== true) return key;
  }
}
