/**
 * Printed numbers and the arithmetic around them: what a page claims, checked to its last digit.
 */

/** A nested array as JSON has it. */
export type Nested = number | Nested[]

export const flat = (value: Nested): number[] => (Array.isArray(value) ? value.flatMap(flat) : [value])

export const shapeOf = (value: Nested): number[] =>
  Array.isArray(value) ? [value.length, ...(value.length > 0 ? shapeOf(value[0]) : [])] : []

function decimals(printed: number): number {
  const [digits, exponent = "0"] = String(printed).split("e")
  return (digits.split(".")[1]?.length ?? 0) - Number(exponent)
}

/**
 * Whether a number is the printed one: within half a unit of the last digit where four or more
 * decimals stand, else exact, both up to float32's rounding.
 */
export function agrees(actual: number, printed: number): boolean {
  const unit = decimals(printed) >= 4 ? 0.501 * 10 ** -decimals(printed) : 0
  return Math.abs(actual - printed) <= unit + 2e-6 * Math.max(Math.abs(printed), 0.01)
}

const FUNCTIONS = { exp: Math.exp, log: Math.log, sqrt: Math.sqrt, max: Math.max, min: Math.min, abs: Math.abs }
const TRIGONOMETRY = { sin: Math.sin, cos: Math.cos, tan: Math.tan, pi: Math.PI }
const KNOWN = { ...FUNCTIONS, ...TRIGONOMETRY }

/**
 * Value of an expression of numbers, + - * / ^, brackets and the functions above; undefined for
 * anything else.
 */
export function evaluate(text: string): number | undefined {
  const words = text.match(/[a-zA-Z_]\w*/g) ?? []
  const rest = text.replace(/\d+(\.\d+)?e-?\d+/g, "1")
  if (!/^[\w\s.,+*/^()-]+$/.test(text) || !/\d/.test(text)) return undefined
  if ((rest.match(/[a-zA-Z_]\w*/g) ?? []).some((word) => !(word in KNOWN))) return undefined
  if (words.length === 0 && !/^[\d\s.+*/^()e-]+$/.test(text)) return undefined
  const body = `return (${text.replaceAll("^", "**")})`
  return new Function(...Object.keys(KNOWN), body)(...Object.values(KNOWN))
}

/** Lines of a `calc` block; an indented line continues the one before. */
export const calculations = (text: string): string[] =>
  text
    .replace(/\n[ \t]+/g, " ")
    .split("\n")
    .filter((line) => line.trim() !== "")

/**
 * Checks `name = arithmetic = arithmetic = number`: all parts come to the number as printed. A part
 * may carry numbers that are rounded themselves, so the last digit may be off by one.
 *
 * @param look the value that the page's example prints for such a name, where it does
 * @returns what is wrong, or undefined
 */
export function wrongCalculation(line: string, look: (name: string) => number | undefined): string | undefined {
  const [first, ...rest] = line.split(/\s=\s/).map((part) => part.trim())
  const parts = evaluate(first) === undefined ? rest : [first, ...rest]
  const values = parts.map(evaluate)
  const bad = values.indexOf(undefined)
  if (bad >= 0) return `"${parts[bad]}" is no arithmetic`
  const known = parts === rest ? look(first) : undefined
  if (values.length + (known === undefined ? 0 : 1) < 2) return "nothing to compare"
  const printed = values.pop()!
  if (known !== undefined && !agrees(known, printed)) return `the example prints ${known}`
  const unit = decimals(printed) >= 4 ? 1.01 * 10 ** -decimals(printed) : 1e-9
  const off = values.find((value) => Math.abs(value! - printed) > unit)
  return off === undefined ? undefined : `the arithmetic comes to ${off}`
}
