/** Entry of @millrace/engine: Flows and tasks as a user calls them: scopes, futures, map, replay and runners. */
export {};
