/** Entry of @millrace/local: Millrace in one process: the engine on an embedded ledger. */
export {};
