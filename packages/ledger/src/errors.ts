/**
 * CHANNEL_TOO_NARROW: the longest block this group accepts would not fit in one message of its channel; a mistake of the
 * host, which must open the channel with a longer payload.
 */
export type LedgerErrorCode = "CHANNEL_TOO_NARROW";
