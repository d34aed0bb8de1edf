/** Entry of @millrace/testing: The Millrace test engine: virtual time, mocks and crash injection. */
export {};
