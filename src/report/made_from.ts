/** A page is made of files that may have been damaged: what does not go together shows only where it is used. */

/**
 * @param folders of the runs
 * @throws naming them, where a file of theirs has not the form that cnn gave it
 */
export async function madeFrom<T>(folders: readonly string[], make: () => Promise<T>): Promise<T> {
  try {
    return await make()
  } catch (error) {
    // What JavaScript itself throws where a value is missing or of another kind.
    if (!(error instanceof TypeError) && !(error instanceof RangeError)) throw error
    throw new Error(
      `${folders.join(", ")}: no page can be made, a JSON file in there is not as cnn wrote it (${error.message}). ` +
        "Train again, or put the file back.",
      { cause: error },
    )
  }
}
