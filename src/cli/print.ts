/**
 * Prints for people: the same colours in all commands, on a terminal that wants them. NO_COLOR,
 * FORCE_COLOR and TERM=dumb count; main.ts turns --no-color into NO_COLOR.
 */
import { styleText } from "node:util"
import { visibleLines } from "../text/visible.ts"

type Style = Parameters<typeof styleText>[0]
type Stream = { isTTY?: boolean }

/** Whether the cursor can be moved: a file, a pipe and a dumb terminal get plain lines. */
export const isTerminal = (stream: Stream, env: NodeJS.ProcessEnv = process.env): boolean =>
  stream.isTTY === true && env.TERM !== "dumb"

export function hasColour(stream: Stream, env: NodeJS.ProcessEnv = process.env): boolean {
  const { FORCE_COLOR: forced, NO_COLOR: none } = env
  if (forced) return forced !== "0" && forced !== "false"
  return !none && isTerminal(stream, env)
}

/** What stands out in a line; each rule colours only what it matches, so that wrapping is free. */
const RULES: [RegExp, Style][] = [
  [/^(Problem:|(Problem|Warning|Audit|Mixed|Skipped)(?= {2}))/, ["yellow", "bold"]],
  [/^(?!Problem|Warning|Audit|Mixed|Skipped)([A-Z][a-z]+(?= {2,}\S)|Next:)/, "bold"],
  [/\d+\.\d %(?= of [\d,]+ images are right)|(?<=\bAUC )\d\.\d{3}/, ["green", "bold"]],
  [/^✗.*/, "red"],
  [/npx cnn [a-z].*$/, "cyan"],
]

const style = (format: Style, text: string) => styleText(format, text, { validateStream: false })

/** Control characters of others, such as in names of files, are shown as escapes. */
export function painted(text: string, stream: Stream, env?: NodeJS.ProcessEnv): string {
  const plain = visibleLines(text)
  if (!hasColour(stream, env)) return plain
  const paint = (line: string) =>
    RULES.reduce((before, [what, format]) => before.replace(what, (found) => style(format, found)), line)
  return plain.split("\n").map(paint).join("\n")
}

export const say = (text: string): void => console.log(painted(text, process.stdout))

/** "cnn: " and what is wrong, though the command goes on. */
export const warn = (text: string): void => toError("yellow", text)

/** "cnn: " and why the command ended. */
export const fail = (text: string): void => toError("red", text)

function toError(colour: "red" | "yellow", text: string): void {
  const name = hasColour(process.stderr) ? style([colour, "bold"], "cnn:") : "cnn:"
  console.error(`${name} ${painted(text, process.stderr)}`)
}

/** The last lines of a command: what to do with what it made. */
export const nextText = (...steps: string[]): string[] => [
  "",
  ...steps.map((step, i) => `${i === 0 ? "Next:" : "     "} ${step}`),
]
