/** docs/dependencies.md against package.json, the lock file and what is installed. */
import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { readPage, root } from "../support/docs_pages.ts"

interface Entry {
  dependencies?: Record<string, string>
  license: string
  repository: string | { url: string }
}

const json = (file: string) => JSON.parse(readFileSync(`${root}${file}`, "utf8"))
const { dependencies, devDependencies } = json("package.json") as Record<string, Record<string, string>>
const locked = json("package-lock.json").packages as Record<string, Entry | undefined>

const rows = readPage("docs/dependencies.md")
  .text.split("\n")
  .filter((line) => line.startsWith("| `"))
  .map((line) => line.split("|").map((cell) => cell.trim()))
  .map(([, name, ships, purpose, why, from, brings, licence]) => {
    return { name: name.replaceAll("`", ""), ships, purpose, why, from, brings, licence }
  })

/** All packages that come with one. */
function brought(name: string, seen = new Set<string>()): Set<string> {
  for (const next of Object.keys(locked[`node_modules/${name}`]?.dependencies ?? {})) {
    if (!seen.has(next)) brought(next, seen.add(next))
  }
  return seen
}

describe("the table of dependencies", () => {
  it("names each, those that ship and those that do not, once", () => {
    const named = (ships: string) => rows.filter((row) => row.ships === ships).map(({ name }) => name)
    expect(named("yes").sort()).toEqual(Object.keys(dependencies).sort())
    expect(named("no").sort()).toEqual(Object.keys(devDependencies).sort())
    expect(rows).toHaveLength(named("yes").length + named("no").length)
  })

  it.each(rows)("is right about $name", ({ name, purpose, why, from, brings, licence }) => {
    const { license, repository }: Entry = json(`node_modules/${name}/package.json`)
    expect(licence).toBe(license)
    expect(typeof repository === "string" ? repository : repository.url).toContain(from)
    expect(brings).toBe(String(brought(name).size || "nothing"))
    expect([purpose, why].every((text) => text.length > 5)).toBe(true)
  })
})
