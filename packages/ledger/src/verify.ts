/** Entry of @millrace/ledger/verify: checks of a whole database. An entry of its own, because programs that only run flows need not load it. */
export type { Finding, InvariantName } from './verify/finding.ts';
export { type Verification, type VerifyOptions, verifyStore, verifyWithCounts } from './verify/verify-store.ts';
