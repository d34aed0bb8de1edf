/** Entry of millrace/testing: Durable flows and tasks for TypeScript, with no server to run. */
export {};
