/**
 * The claims of this process: a run that is claimed becomes an execution.
 *
 * Only this process knows whether it runs a run that its session owns: an abandoned execution may have left the run, or another claim of
 * this process may just have taken it. So the answer waits for the claims under way; a run that is not running here after that is claimed
 * under its fencing token.
 */
import type { Claim } from '@millrace/kernel';
import type { ClaimAnswer, ClaimRequest } from '../journal/journal.ts';
import type { HolderContext } from './holder-context.ts';
import { recordedRunsOf } from './recorded-runs.ts';
import { RunExecution } from './run-execution.ts';

/** The answer to one request. A run that it won is in the table already. */
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
    const answered = this.#request(request);
    this.#underWay.add(answered);
    try {
      return await answered;
    } finally {
      this.#underWay.delete(answered);
    }
  }

  async #request(request: ClaimRequest): Promise<Answered> {
    const answer = await this.#context.journal.claim(request);
    if (answer.status !== 'claimed') return answer;
    const execution = new RunExecution(this.#context, answer.run, recordedRunsOf(answer.recorded));
    return { status: 'claimed', execution };
  }
}
