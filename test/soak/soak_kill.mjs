/**
 * Kills a training again and again, at moments that are drawn, and lets it go on each time until it
 * ends: what comes out must be that of a training which nobody disturbed, bit for bit.
 *
 * node test/soak/soak_kill.mjs [--kills 50] [--seed 0]     after npm run build; npm run soak:kill
 * does both
 */
import { spawn } from "node:child_process"
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"

const { values } = parseArgs({ options: { kills: { type: "string" }, seed: { type: "string" } } })
const kills = Number(values.kills ?? 50)
const MAIN = fileURLToPath(new URL("../../dist/src/cli/main.js", import.meta.url))
const folder = mkdtempSync(path.join(tmpdir(), "cnn-soak-"))
process.on("exit", () => rmSync(folder, { recursive: true, force: true }))
const at = (...names) => path.join(folder, ...names)
const env = { ...process.env, CNN_CACHE: at("cache"), CNN_TUNE: "off" }
const data = ["--data", at("images"), "--no-audit", "--size", "16", "--folds", "2", "--epochs", "2", "--batch", "4"]

/** Draws, by the seed: the same moments, as far as a process is as fast as it was. */
let state = Number(values.seed ?? 0) + 1
function uniform() {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0
  return state / 2 ** 32
}
const whole = (n) => Math.floor(uniform() * n)

/** Runs `cnn`; `watch` is told of every event and may kill it. */
function cnn(args, watch = () => {}) {
  const child = spawn(process.execPath, [MAIN, ...args], { env, stdio: ["ignore", "pipe", "pipe"] })
  const said = { text: "", errors: "" }
  child.stdout.on("data", (chunk) => {
    const lines = (said.text + chunk).split("\n")
    said.text = lines.pop()
    for (const line of lines) if (line.startsWith("{")) watch(child, JSON.parse(line))
  })
  child.stderr.on("data", (chunk) => (said.errors += chunk))
  const started = performance.now()
  watch(child, { type: "begin" })
  return new Promise((resolve) =>
    child.on("close", (code, signal) =>
      resolve({ code, signal, errors: said.errors, seconds: (performance.now() - started) / 1000 }),
    ),
  )
}

const kill = (child) => child.kill("SIGKILL")

/** Kills when `count` has come to `n`, looked at as often as can be. */
function whenThere(child, count, n) {
  const look = () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    if (count() >= n) kill(child)
    else setImmediate(look)
  }
  look()
}

const names = (dir) => {
  try {
    return readdirSync(dir, { recursive: true })
  } catch {
    return []
  }
}

/** When to kill: each makes what watches one process. */
const moments = {
  decoding: () => {
    const image = 1 + whole(20)
    return (child, event) => event.type === "read" && event.done >= image && kill(child)
  },
  caching: () => {
    const file = 1 + whole(20)
    return (child, event) => event.type === "begin" && whenThere(child, () => names(at("cache")).length, file)
  },
  "writing a checkpoint": (run) => {
    let parts = 0
    const part = 1 + whole(6)
    const seen = new Set()
    const count = () => {
      for (const name of names(at(run, "checkpoints"))) {
        if (!name.endsWith(".part") || seen.has(name)) continue
        seen.add(name)
        parts++
      }
      return parts
    }
    return (child, event) => event.type === "compile" && whenThere(child, count, part)
  },
  training: () => {
    let left = 1 + whole(12)
    return (child, event) =>
      ["batch", "epoch", "evaluate", "fold-end"].includes(event.type) && --left === 0 && kill(child)
  },
  "any time": () => {
    // A process that goes on has less to do than one that begins.
    const milliseconds = uniform() * undisturbed.seconds * 700
    return (child, event) => event.type === "begin" && setTimeout(() => kill(child), milliseconds)
  },
}

/** What must be the same: all of it but what a clock says. */
function outcome(run) {
  const file = (name) => readFileSync(at(run, name))
  const history = String(file("history.csv")).split("\n")
  const clock = history[0].split(",").indexOf("images_per_second")
  const rows = history.map((row) => row.split(",").filter((_, i) => i !== clock))
  const { compile: _c, seconds: _s, folds, ...summary } = JSON.parse(file("summary.json"))
  return {
    files: readdirSync(at(run)).sort().join(" "),
    history: JSON.stringify(rows),
    summary: JSON.stringify([summary, folds.map(({ seconds: _, ...fold }) => fold)]),
    ...Object.fromEntries(
      ["fold-0.safetensors", "fold-1.safetensors", "predictions.csv", "metrics.json", "files.csv"].map((name) => [
        name,
        file(name).toString("base64"),
      ]),
    ),
  }
}

function fail(why) {
  console.error(why)
  process.exit(1)
}

const run = (name) => {
  rmSync(at("cache"), { recursive: true, force: true })
  const begun = existsSync(at(name, "config.json"))
  const fresh = ["train", ...data, "--checkpoint-every", "1", "--json", "--out", at(name)]
  return begun ? ["train", "--resume", at(name), "--json"] : fresh
}

const drawn = await cnn(["phantom", at("images"), "--count", "24", "--size", "32"])
if (drawn.code !== 0) fail(drawn.errors)
const undisturbed = await cnn(run("undisturbed"))
if (undisturbed.code !== 0) fail(undisturbed.errors)
const expected = outcome("undisturbed")

const kinds = Object.keys(moments)
const hit = Object.fromEntries(kinds.map((kind) => [kind, 0]))
const tried = Object.fromEntries(kinds.map((kind) => [kind, 0]))
/**
 * A process may end before its moment comes; one of a kind that never comes must not be waited for
 * without end.
 */
const TRIES = 5
let done = 0
let runs = 0
let processes = 0
while (done < kills || existsSync(at("run"))) {
  // Each kind until it has hit once, then as they are drawn.
  const kind = kinds.find((kind) => hit[kind] === 0 && tried[kind] < TRIES) ?? kinds[whole(kinds.length)]
  tried[kind]++
  const { code, signal, errors } = await cnn(run("run"), done < kills ? moments[kind]("run") : undefined)
  processes++
  if (signal === "SIGKILL") {
    done++
    hit[kind]++
  } else if (code !== 0) fail(`exit code ${code} after ${done} kills: ${errors}`)
  else {
    const found = outcome("run")
    for (const name of Object.keys(expected))
      if (found[name] !== expected[name]) fail(`${name} is not the undisturbed run's, after ${done} kills`)
    runs++
    rmSync(at("run"), { recursive: true })
  }
}
const missed = kinds.filter((kind) => hit[kind] === 0)
if (kills >= kinds.length && missed.length > 0)
  fail(`no process was killed at the moment: ${missed.join(", ")}, in ${TRIES} tries`)
console.log(`${done} kills: ${kinds.map((kind) => `${hit[kind]} ${kind}`).join(", ")}`)
console.log(`${processes} processes came to ${runs} whole runs, all bit for bit as the undisturbed one`)
