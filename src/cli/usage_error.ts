/** What was typed is wrong, whatever the files hold. */
export class UsageError extends Error {}
