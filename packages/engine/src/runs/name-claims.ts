/**
 * Keeps each name for one definition: tracks which definitions of a name exist at once and which of them replaced which, and refuses uses
 * that could confuse two.
 *
 * A module that is loaded again replaces its definitions. A second definition at another top level is refused where it is written.
 * Functions may make any number of definitions of one name, because most calls are unambiguous. Code that finds a definition by its name
 * alone (a cache, a worker, an idempotency key, a resumed run) checks the name here first.
 */
import { DuplicateName, sharedByCopies } from '@millrace/kernel';
import { currentFrame } from './frame.ts';
import type { Definition } from '../definitions/definition.ts';
import { isCopyOf } from '../definitions/module-copies.ts';
import { pathOf, shownPosition } from '../definitions/source-location.ts';

/** Shared by a definition and those that replaced it. */
interface Lineage {
  readonly first: WeakRef<Definition>;
}

interface Named {
  readonly definition: Definition;
  readonly lineage: Lineage;
  /** Equal for the definitions of one synchronous piece of code: they exist side by side. */
  readonly turn: object;
  /** The body that made it; null = none. */
  readonly madeBy: { readonly runId: string; readonly frame: WeakRef<object> } | null;
}

interface Names {
  readonly byName: Map<string, readonly Named[]>;
  readonly all: WeakMap<Definition, Named>;
  readonly users: WeakMap<object, Map<string, Lineage>>;
  /** By engine and flow run: the definition that the run started with. */
  readonly started: WeakMap<object, Map<string, Definition>>;
  turn: object | null;
}

const names = sharedByCopies<Names>('names', () => ({
  byName: new Map(),
  all: new WeakMap(),
  users: new WeakMap(),
  started: new WeakMap(),
  turn: null,
}));

/** A use of a definition by its name. */
interface Use {
  /** The reason why the name must belong to one definition, as the end of a sentence. */
  readonly use: string;
  /** The thing that is used: two definitions of one name may use different ones. */
  readonly slot: string;
  /** The thing belongs to one run, so definitions that bodies of other runs made do not conflict. */
  readonly isOfRun?: boolean;
}

/** The number of definitions of one position and name that are remembered: two suffice to know that there are several. */
const SAME_SPOT_MAX = 2;
/** The number of uses, and of runs, that are remembered for each engine. */
const REMEMBERED_MAX = 10_000;

/** Enters a definition under its name. @throws DuplicateName when another module has defined something else under it */
export function claimName(definition: Definition): void {
  const key = keyOf(definition);
  const made = namedNow(definition);
  const others = names.byName.get(key) ?? [];
  const replaced: Named[] = [];
  const kept: Named[] = [];
  for (const other of others) {
    if (isReplaced(other, made)) replaced.push(other);
    else if (isOtherModule(other, made)) throw duplicate(definition, other.definition);
    else kept.push(other);
  }
  const [before] = replaced;
  const named = before === undefined ? made : { ...made, lineage: before.lineage };
  names.all.set(definition, named);
  names.byName.set(key, [...worthKeeping(kept, named), named]);
}

/**
 * The last definition of the name.
 *
 * @throws DuplicateName when others that exist too could be meant
 */
export function onlyOfName(about: Pick<Definition, 'kind' | 'name'>, use: string): Definition | undefined {
  const last = names.byName.get(keyOf(about))?.at(-1);
  if (last !== undefined) refuseOthers(last, use);
  return last?.definition;
}

/** The same; undefined if several could be meant. */
export function findOfName(about: Pick<Definition, 'kind' | 'name'>): Definition | undefined {
  const last = names.byName.get(keyOf(about))?.at(-1);
  return last === undefined || otherThan(last) !== undefined ? undefined : last.definition;
}

/** The last definition that replaced this one, or itself. */
function newestOf(definition: Definition): Definition {
  const original = definition.original ?? definition;
  const lineage = names.all.get(original)?.lineage;
  const found = names.byName.get(keyOf(original))?.findLast((named) => named.lineage === lineage);
  return found?.definition ?? original;
}

/**
 * For code that stores only the name.
 *
 * @throws DuplicateName when another definition of the name exists
 */
export function assertOnlyOfName(definition: Definition, use: string): void {
  const named = names.all.get(definition.original ?? definition);
  if (named !== undefined) refuseOthers(named, use);
}

/**
 * For code that finds the definition by its file and name.
 *
 * @throws DuplicateName when another definition of the name exists in its file
 */
export function assertOnlyInFile(definition: Definition, use: string): void {
  const named = names.all.get(definition.original ?? definition);
  const file = named?.definition.location?.file;
  if (named === undefined || file === undefined) return;
  refuseOthers(
    named,
    use,
    ({ definition: { location } }) => location !== null && pathOf(location.file) === pathOf(file),
  );
}

/**
 * Remembers for the engine that this definition uses things by its name there, such as cache entries.
 *
 * @throws DuplicateName when another one of the name has used it
 */
export function claimUse(engine: object, definition: Definition, about: Use): void {
  const named = names.all.get(definition.original ?? definition);
  if (named === undefined) return;
  refuseOthers(named, about.use, ({ madeBy }) => about.isOfRun !== true || madeBy === null || isSameRun(madeBy, named));
  const users = names.users.get(engine) ?? new Map<string, Lineage>();
  names.users.set(engine, users);
  const slot = `${keyOf(definition)}\n${about.slot}`;
  const user = users.get(slot);
  if (user !== undefined && user !== named.lineage)
    throw duplicate(named.definition, user.first.deref() ?? null, about.use);
  remember(users, slot, named.lineage);
}

/** Remembers the definition that an outermost flow run started with: the same engine resumes the run with it. */
export function rememberStarted(engine: object, flowRunId: string, definition: Definition): void {
  const started = names.started.get(engine) ?? new Map<string, Definition>();
  names.started.set(engine, started);
  remember(started, flowRunId, definition.original ?? definition);
}

/** The definition that this engine started the run with, or its replacement; undefined for a run of another process. */
export function startedWith(engine: object, flowRunId: string): Definition | undefined {
  const definition = names.started.get(engine)?.get(flowRunId);
  return definition === undefined ? undefined : newestOf(definition);
}

function remember<T>(all: Map<string, T>, key: string, value: T): void {
  if (!all.has(key) && all.size >= REMEMBERED_MAX) all.delete(all.keys().next().value ?? key);
  all.set(key, value);
}

function namedNow(definition: Definition): Named {
  const frame = currentFrame();
  return {
    definition,
    lineage: { first: new WeakRef(definition) },
    turn: turnNow(),
    madeBy: frame === undefined ? null : { runId: frame.run.id, frame: new WeakRef(frame) },
  };
}

function turnNow(): object {
  const turn = names.turn ?? {};
  if (names.turn === null) {
    names.turn = turn;
    // Not queueMicrotask, because a test may have replaced it by a fake.
    void Promise.resolve().then(() => {
      names.turn = null;
    });
  }
  return turn;
}

/** Whether the later one replaces the earlier: its module, or the body that made it, ran again. */
function isReplaced(earlier: Named, later: Named): boolean {
  const one = earlier.definition.location;
  const other = later.definition.location;
  // Without a position the last one counts.
  if (one === null || other === null) return true;
  if (one.script.path !== other.script.path) return isCopyOf(earlier.definition, later.definition);
  if (one.script.version !== other.script.version) return true;
  if (one.spot !== other.spot || earlier.turn === later.turn) return false;
  if (later.madeBy !== null)
    return isSameRun(later.madeBy, earlier) && earlier.madeBy?.frame.deref() !== later.madeBy.frame.deref();
  return other.top !== null && !other.script.isEvaluatedOnce;
}

function isSameRun({ runId }: NonNullable<Named['madeBy']>, other: Named): boolean {
  return other.madeBy?.runId === runId;
}

/** Two that modules define, each written at a top level of its own. */
function isOtherModule(earlier: Named, later: Named): boolean {
  const one = earlier.definition.location;
  const other = later.definition.location;
  if (earlier.madeBy !== null || later.madeBy !== null) return false;
  return one?.top === 'direct' && other?.top === 'direct' && one.spot !== other.spot;
}

/** Those of the earlier definitions that may still exist, and at most a few of one position. */
function worthKeeping(others: readonly Named[], made: Named): readonly Named[] {
  const spot = made.definition.location?.spot;
  const same = others.filter(({ definition }) => definition.location?.spot === spot);
  const living = same.filter((other) => isThere(other, made)).slice(0, SAME_SPOT_MAX - 1);
  return others.filter((other) => !same.includes(other) || living.includes(other));
}

/** Whether one certainly exists while the other does: modules keep their definitions, and one piece of code makes all of its own. */
function isThere(one: Named, other: Named): boolean {
  return one.turn === other.turn || (one.madeBy === null && one.definition.location?.top != null);
}

function refuseOthers(named: Named, use: string, isMeant?: (other: Named) => boolean): void {
  const other = otherThan(named, isMeant);
  if (other !== undefined) throw duplicate(named.definition, other.definition, use);
}

/** Another definition of the name that exists too and is not of the same lineage. */
function otherThan(named: Named, isMeant: (other: Named) => boolean = () => true): Named | undefined {
  return names.byName
    .get(keyOf(named.definition))
    ?.find((other) => other.lineage !== named.lineage && isThere(other, named) && isMeant(other));
}

function duplicate(definition: Definition, other: Definition | null, use?: string): DuplicateName {
  const { kind, name, location } = definition;
  const positions = [shownPosition(other?.location ?? null), shownPosition(location)];
  return new DuplicateName({ kind, name, places: positions, ...(use === undefined ? {} : { use }) });
}

function keyOf({ kind, name }: Pick<Definition, 'kind' | 'name'>): string {
  return `${kind}\n${name}`;
}
