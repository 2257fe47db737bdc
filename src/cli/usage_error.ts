/** What was typed is wrong, whatever the files hold: exit code 2. */
export class UsageError extends Error {}

/**
 * What JavaScript throws for a mistake in code; not SyntaxError, which a pattern of a user's causes
 * too.
 */
export const BUGS = [TypeError, RangeError, ReferenceError]

/**
 * What `check` returns.
 *
 * @param flag stands before its message, such as "--size 8: "
 * @throws its error as one of usage; a bug as it is, for `errorText`
 */
export function asUsage<T>(check: () => T, flag = ""): T {
  try {
    return check()
  } catch (error) {
    if (BUGS.some((kind) => error instanceof kind)) throw error
    throw new UsageError(`${flag}${(error as Error).message}`, { cause: error })
  }
}
