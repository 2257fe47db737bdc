/**
 * A subgroupShuffle from a lane that is constant is a subgroupBroadcast: cheaper, and in WGSL only
 * for constant lanes.
 */
import { type Constants, evaluate } from "./unroll_constant.ts"
import type { Token } from "./unroll_parse.ts"

/** The tokens of a statement with such calls renamed. */
export function withBroadcasts(tokens: Token[], constants: Constants): Token[] {
  const at = tokens.findIndex(({ text }) => text === "subgroupShuffle")
  if (at < 0) return tokens
  const rest = withBroadcasts(tokens.slice(at + 1), constants)
  const { start, end } = lastArgument(rest)
  const lane = evaluate(rest.slice(start, end), constants)
  const call =
    lane === undefined
      ? [tokens[at], ...rest]
      : [
          { ...tokens[at], text: "subgroupBroadcast" },
          ...rest.slice(0, start),
          { ...tokens[at], text: `${lane}u` },
          ...rest.slice(end),
        ]
  return [...tokens.slice(0, at), ...call]
}

/** Where the last argument of a call stands; the tokens begin with the opening parenthesis. */
function lastArgument(tokens: Token[]): { start: number; end: number } {
  let depth = 0
  let start = 1
  for (const [at, { text }] of tokens.entries()) {
    if (text === "(" || text === "[") depth++
    if (text === ")" || text === "]") depth--
    if (text === "," && depth === 1) start = at + 1
    if (depth === 0) return { start, end: at }
  }
  return { start, end: tokens.length }
}
