/** CONFIG_INVALID: the operator corrects the lines that the message names. */
export type ConfigErrorCode = "CONFIG_INVALID";
