/** Entry of @millrace/ledger: The use cases of Millrace: one transaction each, one decider. */
export {};
