/**
 * `npm run bench:peers`: a training step of the reference networks here and in the peers, on the
 * same adapter, from the same weights, on the same batch. Exit codes: 0 done, 1 failed or other
 * losses than the reference's, 2 wrong usage.
 */
import { readFileSync } from "node:fs"
import { availableParallelism, loadavg } from "node:os"
import { packageVersion } from "../../dist/src/files/package.js"
import { versions } from "../../dist/src/run/versions.js"
import { compare } from "./compare.mjs"
import { readOptions, UsageError } from "./options.mjs"
import { headOf, textOf } from "./text.mjs"

try {
  await run(await readOptions(process.argv.slice(2)))
} catch (error) {
  process.exitCode = error instanceof UsageError ? 2 : 1
  console.error(`bench:peers: ${error.message}`)
}

async function run({ nets, json, ...options }) {
  const about = aboutRun(options)
  if (!json) console.log(headOf(about))
  const results = []
  for (const net of nets) {
    const result = await compare(net, options, (line) => console.error(line))
    results.push(result)
    if (!json) console.log(textOf({ ...result, steps: options.steps }))
  }
  if (json) console.log(JSON.stringify({ ...about, nets: results }, null, 2))
  const wrong = results.flatMap(({ net, disagreements }) => disagreements.map((line) => `${net}, ${line}`))
  if (wrong.length) throw new Error(`the losses do not agree.\n${wrong.join("\n")}`)
}

function aboutRun({ peers, patient }) {
  const { node, webgpu } = versions()
  return {
    date: new Date().toISOString().slice(0, 16).replace("T", " "),
    node,
    webgpu,
    cores: availableParallelism(),
    load: loadavg()[0],
    versions: Object.fromEntries(peers.map((peer) => [peer, versionOf(peer)])),
    waiting: patient ? "the peers wait for the adapter as we do" : "each waits for the adapter in its own way",
  }
}

function versionOf(peer) {
  const { dependencies } = JSON.parse(readFileSync(new URL("package.json", import.meta.url), "utf8"))
  const packages = { jax: "@jax-js/jax", tfjs: "@tensorflow/tfjs-core" }
  return peer === "ours" ? packageVersion() : dependencies[packages[peer]]
}
