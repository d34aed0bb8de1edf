/** The status of a database before it is opened: absent, behind this version, or ready. */

/**
 * `absent`: nothing of Millrace's; `behind`: an older version's; `ready`: opening it changes nothing, or says why it can't be used.
 */
export type StoreStatus = 'absent' | 'behind' | 'ready';
