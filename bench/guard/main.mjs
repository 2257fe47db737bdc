/**
 * `npm run bench:guard COMMIT [NETWORK...]`: whether a training step has become slower since a
 * commit. Builds that commit beside the present checkout; two processes then train the same
 * network in turns, so that a machine's drift meets both. Fails if the 95 % interval of the ratio
 * (now over then) lies above 1.05, or if the losses differ. CNN_ADAPTER chooses the adapter,
 * CNN_BENCH_ROUNDS the number of turns. Exit codes: 0 no slower, 1 slower or failed, 2 wrong usage.
 */
import { execFileSync, fork } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import { fileURLToPath } from "node:url"
import { median, medianInterval } from "./median_interval.mjs"

const HERE = fileURLToPath(new URL("../..", import.meta.url))
const CHILD = fileURLToPath(new URL("child.mjs", import.meta.url))
const NETWORKS = ["small", "refnet-s", "refnet-m"]
const ROUNDS = Number(process.env.CNN_BENCH_ROUNDS ?? 21)
/** Milliseconds that a turn takes at least. */
const TURN = 200
const LIMIT = 1.05
/** Relative; float32 alone accounts for 1e-4 after ten steps. */
const SAME_LOSS = 1e-3

const [commit, ...given] = process.argv.slice(2)
const unknown = given.find((name) => !NETWORKS.includes(name))
if (!commit || unknown || !(ROUNDS >= 6)) {
  console.error(`bench:guard: expected COMMIT [${NETWORKS.join("] [")}] and at least 6 rounds, got ${process.argv.slice(2).join(" ") || "nothing"}
To compare with the last commit: npm run bench:guard HEAD~1`)
  process.exit(2)
}

const folder = mkdtempSync(path.join(tmpdir(), "cnn-guard-"))
const then = path.join(folder, "then")
const run = (program, args, cwd = HERE) => execFileSync(program, args, { cwd, stdio: ["ignore", 2, 2] })
try {
  run("git", ["worktree", "add", "--detach", then, commit])
  // Its own packages; `npm ci` builds it, too.
  run("npm", ["ci"], then)
  let slower = false
  for (const network of given.length > 0 ? given : NETWORKS) slower = (await compare(network)) || slower
  process.exitCode = slower ? 1 : 0
} catch (error) {
  console.error(`bench:guard: ${error.message}`)
  process.exitCode = 1
} finally {
  rmSync(folder, { recursive: true, force: true })
  run("git", ["worktree", "prune"])
}

/** @returns whether a step is slower now */
async function compare(network) {
  const sides = { before: await side(then, network), now: await side(HERE, network) }
  try {
    if (sides.before.adapter !== sides.now.adapter)
      throw new Error(`different adapters: ${sides.before.adapter}, ${sides.now.adapter}`)
    sameLoss(network, sides.before.loss, sides.now.loss)
    const steps = Math.ceil(TURN / (await turn(sides.before, 2)).ms)
    await turn(sides.now, 2)
    const ratios = []
    for (let round = 0; round < ROUNDS; round++) {
      const order = round % 2 ? ["before", "now"] : ["now", "before"]
      const found = {}
      for (const name of order) found[name] = await turn(sides[name], steps)
      sameLoss(network, found.before.loss, found.now.loss)
      ratios.push(found.now.ms / found.before.ms)
    }
    const [low, high] = medianInterval(ratios)
    const slower = low > LIMIT
    const interval = `${median(ratios).toFixed(3)} (95 % ${low.toFixed(3)} to ${high.toFixed(3)})`
    const turns = `${ROUNDS} turns of ${steps} steps`
    console.log(`${network} on ${sides.now.adapter}: now / ${commit} ${interval}, ${turns}${slower ? ": SLOWER" : ""}`)
    return slower
  } finally {
    for (const { child } of Object.values(sides)) child.kill("SIGKILL")
  }
}

async function side(project, network) {
  const about = JSON.stringify({ project, network, adapter: process.env.CNN_ADAPTER })
  const child = fork(CHILD, [about], { stdio: ["ignore", 2, 2, "ipc"] })
  const ended = once(child, "exit").then(([code, signal]) => {
    throw new Error(`the process of ${project} ended (${signal ?? code}); does that commit have all of cnn's names?`)
  })
  // We end it ourselves when all turns are over.
  ended.catch(() => {})
  const answer = async () => (await Promise.race([once(child, "message"), ended]))[0]
  return { child, answer, ...(await answer()) }
}

function turn({ child, answer }, steps) {
  const answered = answer()
  child.send(steps)
  return answered
}

function sameLoss(network, before, now) {
  if (Math.abs(now - before) <= SAME_LOSS * Math.abs(before)) return
  throw new Error(`${network}: the loss is ${now}, and was ${before}: the two do not train alike`)
}
