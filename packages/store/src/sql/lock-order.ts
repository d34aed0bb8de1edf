/**
 * The one order in which every transaction locks rows on PostgreSQL, over all processes: by table as listed here, then by
 * id. Two transactions that both keep to it never wait for each other in a circle, so that the server finds no deadlock.
 *
 * - A statement that writes many rows locks them first, sorted by id (dialect/postgres/write-rows.ts).
 * - A transaction joins several bodies, and a body may come upon a run above or below its own: what comes after all that
 *   is locked already is waited for; what comes before is locked without waiting, and where another transaction has it,
 *   everything is taken back, the batch is halved, and both halves are tried again a few milliseconds later.
 * - A run that a live process owns is not locked to be claimed: a plain read shows who owns it (ledger/runs/claim-run.ts).
 * - What several processes may clear away (sessions, slots, marks) skips the rows that another has locked.
 *
 * SQLite has one writer, and locks the whole file.
 */
const order = ['key', 'flow_run', 'task_run', 'session', 'signal', 'slot_limit', 'beside'] as const;

/** `key`: an advisory lock. `beside`: the tables in which a transaction waits for no rows but a rival's insertion. */
export type LockedTable = (typeof order)[number];

const afterEveryId = '\u{10FFFF}';

/** The locks of one transaction so far, as far as the order asks for it. */
export class LockOrder {
  #rank = 0;
  #id = '';

  /**
   * Notes rows that are about to be locked; without ids, any of the table.
   *
   * @returns whether they come after everything that is locked already, so that waiting for them is safe
   */
  take(table: LockedTable, ids: readonly string[] = [afterEveryId]): boolean {
    if (ids.length === 0) return true;
    const rank = order.indexOf(table);
    const { least, greatest } = endsOf(ids);
    const isAfter = rank > this.#rank || (rank === this.#rank && least > this.#id && least !== afterEveryId);
    if (rank > this.#rank) this.#id = greatest;
    else if (rank === this.#rank && greatest > this.#id) this.#id = greatest;
    this.#rank = Math.max(rank, this.#rank);
    return isAfter;
  }
}

function endsOf(ids: readonly string[]): { readonly least: string; readonly greatest: string } {
  let [least = '', greatest = ''] = [ids[0], ids[0]];
  for (const id of ids) {
    if (id < least) least = id;
    if (id > greatest) greatest = id;
  }
  return { least, greatest };
}
