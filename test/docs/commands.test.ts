/** Commands in the docs: each exists, and so does each of its flags. */
import { expect, it } from "vitest"
import { COMMANDS } from "../../src/cli/commands.ts"
import { blocks, pages, readPage } from "../support/docs_pages.ts"

const helps = new Map(
  [...readPage("docs/cli.md").text.matchAll(/<!-- help of: npx cnn (\w+) -->\n+```text\n([\s\S]*?)```/g)].map(
    ([, name, help]) => [name, help],
  ),
)

/** Fenced lines and code spans that run cnn, up to the next command of a line. */
const commands = pages.flatMap((page) =>
  [
    ...blocks(page)
      .filter(({ info }) => /^(sh\b|$)/.test(info))
      .flatMap(({ text }) => text.split("\n")),
    ...[...page.text.replace(/^```[\s\S]*?^```/gm, "").matchAll(/`([^`]+)`/g)].map(([, span]) => span),
  ].flatMap((line) =>
    [...line.replaceAll(/\s+/g, " ").matchAll(/\bnpx cnn ([a-z]+)([^&|;#]*)/g)].map(([, name, rest]) => ({
      where: `${page.file}: ${line.trim()}`,
      name,
      flags: [...rest.matchAll(/(?<=\s)--[a-z][a-z-]*/g)].map(([flag]) => flag),
    })),
  ),
)

it("finds them", () => {
  expect(commands.length).toBeGreaterThan(100)
  expect(commands.filter(({ flags }) => flags.length > 0).length).toBeGreaterThan(50)
})

it("exist", () => {
  const names = new Set<string>(COMMANDS.map(({ name }) => name))
  expect(commands.filter(({ name }) => !names.has(name)).map(({ where }) => where)).toEqual([])
})

it("have the flags that are shown", () => {
  const isFlag = (name: string, flag: string) =>
    flag === "--help" || [flag, flag.replace("--no-", "--")].some((spelt) => helps.get(name)?.includes(spelt))
  const wrong = commands.filter(({ name, flags }) => flags.some((flag) => !isFlag(name, flag)))
  expect(wrong.map(({ where }) => where)).toEqual([])
})
