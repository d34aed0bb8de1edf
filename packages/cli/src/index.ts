/** Entry of @millrace/cli: The millrace command. */
export {};
