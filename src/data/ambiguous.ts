/**
 * The folder can be read in several ways, or an option does not fit it: exit code 2. The message
 * ends with what to type.
 */
export class Ambiguous extends Error {}
