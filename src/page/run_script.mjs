// A run as a script for a page without a server: what the server would say of it, with data:
// addresses.
import { ServedRun } from "../../dist/src/serve/served_run.js"

/** @param folder of a run of cnn train */
export async function runScript(folder) {
  const { "/run.json": message, ...rest } = Object.fromEntries(ServedRun.open(folder).resources())
  const addresses = new Map()
  for (const [address, { type, body }] of Object.entries(rest))
    addresses.set(address.slice(1), `data:${type};base64,${Buffer.from(await body()).toString("base64")}`)
  const inside = (_, value) => addresses.get(value) ?? value
  return `globalThis.cnnRun = ${JSON.stringify(JSON.parse(await message.body(), inside))}\n`
}
