/** The error for retry options that cannot be. */

/** Thrown where retry options are read; `details` holds the option at fault and what was given for it. */
export class RetryPolicyError extends Error {
  override readonly name = 'RetryPolicyError';
  readonly code = 'RETRY_POLICY_INVALID';
  readonly details: Readonly<{ field: string; value: unknown }>;

  constructor(message: string, details: Readonly<{ field: string; value: unknown }>) {
    super(message);
    this.details = details;
  }
}
