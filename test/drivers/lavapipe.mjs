#!/usr/bin/env node
// npm run test:lavapipe: the tests of ops and layers on lavapipe, Mesa's Vulkan on the processor,
// in a Debian 13 of its own. CNN_LAVAPIPE_ROOT names one that is there already; with
// CNN_LAVAPIPE_FETCH=no none is fetched. Further arguments are vitest's. Where it cannot be had:
// one line that says why, and exit code 0.
import { spawnSync } from "node:child_process"
import { existsSync } from "node:fs"
import path from "node:path"
import { fileURLToPath } from "node:url"
import { cacheFolder } from "../../dist/src/files/cache_folder.js"
import { debianRoot } from "./debian_root.mjs"

const PROJECT = fileURLToPath(new URL("../..", import.meta.url))

// All of it is mounted in a namespace of this run alone: however it ends, nothing stays mounted,
// and no process is left.
const INSIDE = `set -e
mkdir -p "$ROOT/project"
mount --bind "$PROJECT" "$ROOT/project"
mount -o remount,bind,ro "$ROOT/project"
mount -t proc proc "$ROOT/proc"
mount --rbind /dev "$ROOT/dev"
mount -t tmpfs tmpfs "$ROOT/tmp"
touch "$ROOT/tmp/node"
mount --bind "$NODE" "$ROOT/tmp/node"
exec chroot "$ROOT" /usr/bin/env -C /project "$@"`

const TESTS = ["/tmp/node", "node_modules/vitest/vitest.mjs", "run", "--root", ".", "--configLoader", "runner"]
const CONFIG = ["--config", "test/drivers/vitest.config.ts"]

/** Settings of the run that hold inside as well. */
const KEPT = ["CI", "CNN_EXACT", "LP_NUM_THREADS", "NO_COLOR", "TERM"]

const ENVIRONMENT = {
  ...{ PATH: "/usr/sbin:/usr/bin:/sbin:/bin", HOME: "/tmp", CNN_CACHE: "/tmp/cache" },
  // The one asks for it, the other is what test/gpu/driver.test.ts holds the adapter to.
  ...{ CNN_ADAPTER: "llvmpipe", CNN_TEST_DRIVER: "llvmpipe" },
  ...Object.fromEntries(KEPT.filter((name) => process.env[name]).map((name) => [name, process.env[name]])),
}

/** @returns why it cannot be done on this machine, or undefined */
function whyNot() {
  if (process.platform !== "linux") return `it needs Linux, and this is ${process.platform}`
  if (process.getuid() !== 0) return "it needs root, for mount and chroot"
  if (spawnSync("unshare", ["--mount", "true"]).status !== 0)
    return "this container may not mount (unshare --mount fails)"
  return undefined
}

function runInside(root) {
  const shell = ["--mount", "--pid", "--fork", "--kill-child", "sh", "-c", INSIDE, "sh"]
  const env = { ...ENVIRONMENT, ROOT: root, PROJECT, NODE: process.execPath }
  const { status, error } = spawnSync("unshare", [...shell, ...TESTS, ...CONFIG, ...process.argv.slice(2)], {
    env,
    stdio: "inherit",
  })
  if (error) throw error
  return status ?? 1
}

/** The folder that CNN_LAVAPIPE_ROOT names. @throws where that is none */
function namedRoot(folder) {
  const root = path.resolve(folder)
  if (existsSync(path.join(root, "usr/bin/env"))) return { root }
  throw new Error(`CNN_LAVAPIPE_ROOT: ${root} holds no system (no usr/bin/env); name a folder that debootstrap made`)
}

function findRoot() {
  const reason = whyNot()
  if (reason) return { missing: reason }
  const named = process.env.CNN_LAVAPIPE_ROOT
  if (named) return namedRoot(named)
  const cache = cacheFolder()
  return cache === undefined ? { missing: "no cache folder can be made: set CNN_CACHE" } : debianRoot(cache)
}

try {
  const { root, missing } = findRoot()
  if (missing) console.log(`test:lavapipe is skipped: ${missing}.`)
  else process.exitCode = runInside(root)
} catch (error) {
  console.error(`test:lavapipe: ${error.message}`)
  process.exitCode = 1
}
