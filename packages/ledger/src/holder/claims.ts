/**
 * Claims of this process: a run that is won becomes an execution.
 *
 * The journal can't know whether this process runs a run that its session owns: it was left over by an execution that was
 * abandoned, or it is running here, or another claim of this process has just won it. So such an answer is judged once the
 * claims that were under way have their answers, and a run that is not running here is claimed under its token.
 */
import type { Claim } from '@millrace/kernel';
import type { ClaimAnswer, ClaimRequest } from '../journal/journal.ts';
import type { HolderContext } from './holder-context.ts';
import { recordedRunsOf } from './recorded-children.ts';
import { RunExecution } from './run-execution.ts';

/** The answer to one request: what it won is in the table already. */
type Answered = Claim | Extract<ClaimAnswer, { status: 'own' }>;

export class Claims {
  readonly #context: HolderContext;
  readonly #underWay = new Set<Promise<Answered>>();

  constructor(context: HolderContext) {
    this.#context = context;
  }

  async claim(wanted: Pick<ClaimRequest, 'run' | 'move'>): Promise<Claim> {
    const { session, owned } = this.#context;
    session.ensure();
    let request: ClaimRequest = { ...wanted, sessionId: session.id };
    for (;;) {
      const answer = await this.#send(request);
      if (answer.status !== 'own') return answer;
      await Promise.allSettled(this.#underWay);
      if (owned.get(answer.run.id) !== undefined) return { status: 'held', run: answer.run };
      request = { ...request, leftOver: answer.run.token };
    }
  }

  async #send(request: ClaimRequest): Promise<Answered> {
    const answered = this.#adopt(request);
    this.#underWay.add(answered);
    try {
      return await answered;
    } finally {
      this.#underWay.delete(answered);
    }
  }

  async #adopt(request: ClaimRequest): Promise<Answered> {
    const answer = await this.#context.journal.claim(request);
    if (answer.status !== 'claimed') return answer;
    const execution = new RunExecution(this.#context, answer.run, recordedRunsOf(answer.recorded));
    return { status: 'claimed', execution };
  }
}
