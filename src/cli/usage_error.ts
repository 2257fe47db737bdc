/** What was typed is wrong, whatever the files hold: exit code 2. */
export class UsageError extends Error {}

/**
 * What `check` returns.
 *
 * @param flag stands before its message, such as "--size 8: "
 * @throws its error as one of usage
 */
export function asUsage<T>(check: () => T, flag = ""): T {
  try {
    return check()
  } catch (error) {
    throw new UsageError(`${flag}${(error as Error).message}`, { cause: error })
  }
}
