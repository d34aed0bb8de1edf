/** Entry of @millrace/ledger/verify: checks of a whole database. Apart, as programs that only run flows never load it. */
export type { Finding, InvariantName } from './verify/finding.ts';
export { type Verification, type VerifyOptions, verifyStore, verifyWithCounts } from './verify/verify-store.ts';
