#!/usr/bin/env node
// usage: .ci/counts.mjs LOG     prints `N passed, N failed` from what vitest printed; where it was
// ended before its summary, from the lines of the files that were done. A file that failed as a
// whole counts as one.
import { existsSync, readFileSync } from "node:fs"
import { stripVTControlCharacters } from "node:util"

const [file] = process.argv.slice(2)
const log = existsSync(file) ? stripVTControlCharacters(readFileSync(file, "utf8")) : ""

const count = (text, what) => Number(new RegExp(`(\\d+) ${what}`).exec(text)?.[1] ?? 0)
// The last one: a failing test may print others.
const summary = (title) => [...log.matchAll(new RegExp(`^ *${title} {2,}(.*\\d.*)$`, "gm"))].at(-1)?.[1]

function ofFiles() {
  const files = [...log.matchAll(/^ *\S test\/\S+ \((\d+ tests?.*?)\)/gm)].map(([, text]) => text)
  const total = (what) => files.reduce((sum, text) => sum + count(text, what), 0)
  return { passed: total("tests?") - total("failed") - total("skipped"), failed: total("failed") }
}

function ofSummary(tests) {
  const failed = Math.max(count(tests, "failed"), count(summary("Test Files") ?? "", "failed"))
  return { passed: count(tests, "passed"), failed }
}

const tests = summary("Tests")
const { passed, failed } = tests === undefined ? ofFiles() : ofSummary(tests)
console.log(`${passed} passed, ${failed} failed`)
