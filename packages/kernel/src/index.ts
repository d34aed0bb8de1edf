/** Entry of @millrace/kernel: The pure rules of Millrace: states, transitions, keys, retries, schedules and values. */
export {};
