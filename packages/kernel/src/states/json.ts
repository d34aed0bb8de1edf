/** A value of JSON, as it is recorded without the codec: what clients attach to runs and states. */

/** Text, a number, a boolean, null, or a list or an object of them. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };
