/** A JSON value, such as clients attach to runs and states. It is stored as JSON, without the codec. */

/** Text, a number, a boolean, null, or a list or an object of them. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };
