/**
 * Loaded before a program (`node --import`): every connection and every write to the disk that Node
 * is asked for goes into the file WATCH_LOG, a JSON line each; connections are refused. What native
 * code does is not seen.
 */
import dgram from "node:dgram"
import dns from "node:dns"
import fs from "node:fs"
import { syncBuiltinESMExports } from "node:module"
import net from "node:net"
import path from "node:path"
import { fileURLToPath } from "node:url"

const { writeSync } = fs
const file = fs.openSync(process.env.WATCH_LOG, "a")
const log = (entry) =>
  writeSync(
    file,
    `${JSON.stringify(entry)}
`,
  )

function refuse(owner, name) {
  owner[name] = () => {
    log({ network: name })
    throw new Error(`no network at run time: ${name}`)
  }
}
refuse(net.Socket.prototype, "connect")
refuse(net.Server.prototype, "listen")
refuse(dgram, "createSocket")
for (const name of ["lookup", "resolve", "resolve4", "resolve6"]) {
  refuse(dns, name)
  refuse(dns.promises, name)
}

const asPath = (place) => (place instanceof URL ? fileURLToPath(place) : path.resolve(String(place)))

/** @param which arguments are paths that the call changes */
function watch(owner, name, which, changes = () => true) {
  const call = owner[name]
  owner[name] = function (...args) {
    if (changes(args)) for (const i of which) if (typeof args[i] !== "number") log({ write: asPath(args[i]), by: name })
    return call.apply(this, args)
  }
}
const toWrite = ([, flags]) => (typeof flags === "number" ? (flags & 3) !== 0 : /[wa+]/.test(flags ?? "r"))
const WRITES = {
  ...{
    writeFile: [0],
    appendFile: [0],
    mkdir: [0],
    mkdtemp: [0],
    rmdir: [0],
    rm: [0],
    unlink: [0],
    chmod: [0],
    utimes: [0],
  },
  ...{ rename: [0, 1], copyFile: [1], cp: [1], link: [1], symlink: [1], truncate: [0], chown: [0], lchown: [0] },
}
for (const [name, which] of Object.entries(WRITES))
  for (const [owner, key] of [
    [fs, name],
    [fs, `${name}Sync`],
    [fs.promises, name],
  ])
    watch(owner, key, which)
for (const [owner, key] of [
  [fs, "open"],
  [fs, "openSync"],
  [fs.promises, "open"],
])
  watch(owner, key, [0], toWrite)
watch(fs, "createWriteStream", [0])
syncBuiltinESMExports()
