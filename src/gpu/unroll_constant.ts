/** Values of constant u32 expressions in WGSL text. */
import { type Token, tokenize } from "./unroll_parse.ts"

export type Constants = Map<string, number>

const LEVELS: Record<string, number> = {
  "==": 1, "!=": 1, "<": 1, "<=": 1, ">": 1, ">=": 1,
  "+": 2, "-": 2,
  "*": 3, "/": 3, "%": 3,
} // biome-ignore format: a table

/** The file's `const NAME: u32 = ...;` lines, each of which may use those before it. */
export function constantsOf(code: string): Constants {
  const constants: Constants = new Map()
  for (const [, name, text] of code.matchAll(/^const (\w+): u32 = ([^;]+);/gm)) {
    const value = evaluate(tokenize(text), constants)
    if (value !== undefined) constants.set(name, value)
  }
  return constants
}

/**
 * The value of a u32 expression (a comparison gives 0 or 1); undefined where it is not constant.
 */
export function evaluate(tokens: Token[], constants: Constants): number | undefined {
  if (tokens.length === 1 && /^\d+u$/.test(tokens[0].text)) return Number.parseInt(tokens[0].text, 10)
  const words = tokens.map((token) => token.text).filter((text) => text !== ";")
  let next = 0

  const primary = (): number => {
    const word = words[next++]
    if (word === "(") {
      const value = binary(1)
      return words[next++] === ")" ? value : Number.NaN
    }
    if (/^\d+u$/.test(word ?? "")) return Number.parseInt(word, 10)
    return constants.get(word) ?? Number.NaN
  }

  const binary = (level: number): number => {
    let left = level > 3 ? primary() : binary(level + 1)
    while (LEVELS[words[next]] === level) left = apply(words[next++], left, level === 3 ? primary() : binary(level + 1))
    return left
  }

  const value = binary(1)
  return next === words.length && Number.isInteger(value) && value >= 0 ? value : undefined
}

function apply(operator: string, a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number.NaN
  if (operator === "+") return a + b
  if (operator === "-") return a - b
  if (operator === "*") return a * b
  if (operator === "/") return Math.floor(a / b)
  if (operator === "%") return a % b
  return Number({ "==": a === b, "!=": a !== b, "<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b }[operator])
}
