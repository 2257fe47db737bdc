/** Names in a sentence. */

/** Of more, the others are counted: a record names them all. */
const NAMED = 5

/** "a.png, b.png, c.png, d.png, e.png and 12 more". */
export const some = (names: readonly string[]): string =>
  names.length <= NAMED ? names.join(", ") : `${names.slice(0, NAMED).join(", ")} and ${names.length - NAMED} more`
