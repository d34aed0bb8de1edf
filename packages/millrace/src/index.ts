/** Entry of millrace: Durable flows and tasks for TypeScript, with no server to run. */
export {};
