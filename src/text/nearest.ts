import leven, { closestMatch } from "leven"

/**
 * Returns the name that was perhaps meant: the shortest that begins so, else one that differs in
 * few letters.
 */
export function nearest(typed: string, names: readonly string[]): string | undefined {
  const text = typed.toLowerCase()
  const known = new Map(names.map((name) => [name.toLowerCase(), name]))
  const maxDistance = Math.min(1 + Math.floor(text.length / 4), text.length - 1)
  const [longer] = [...known.keys()].filter((name) => name.startsWith(text)).sort((a, b) => a.length - b.length)
  const meant = text.length > 1 && longer ? longer : closestMatch(text, [...known.keys()], { maxDistance })
  return meant === undefined ? undefined : known.get(meant)
}

/** " Did you mean X?", for the end of a message; empty if no name is near. */
export function didYouMean(typed: string, names: readonly string[]): string {
  const meant = nearest(typed, names)
  return meant === undefined ? "" : ` Did you mean ${meant}?`
}

/**
 * Whether two names look like one word, spelt wrong in one of them: six letters or more, the same
 * first one, and two that differ. "normal" and "abnormal" are not, nor are "type 1" and "type 2".
 */
export function looksMisspelt(a: string, b: string): boolean {
  const [one, other] = [a, b].map((name) => name.toLowerCase())
  const isWord = (name: string) => /^\p{L}{6,}$/u.test(name)
  return isWord(one) && isWord(other) && one[0] === other[0] && leven(one, other) <= 2
}
