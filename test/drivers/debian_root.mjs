// A folder with Debian 13 and its Mesa in it, made once by debootstrap and kept in the user's
// cache.
import { spawnSync } from "node:child_process"
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs"
import path from "node:path"

const SUITE = "trixie"
const PACKAGES = "mesa-vulkan-drivers,libvulkan1,libstdc++6"

// What debootstrap says where it cannot fetch anything.
const UNREACHABLE = /Failed getting release file|Couldn't download|Unable to|Invalid Release/

/**
 * @param {string} cache the user's cache folder
 * @returns {{ root?: string, missing?: string }} the folder, or why there is none
 * @throws where debootstrap fails for another reason than that Debian's packages cannot be had
 */
export function debianRoot(cache) {
  const root = path.join(cache, `debian-${SUITE}-lavapipe`)
  if (existsSync(root)) return { root }
  if (process.env.CNN_LAVAPIPE_FETCH === "no") return { missing: `CNN_LAVAPIPE_FETCH=no, and there is no ${root} yet` }
  if (spawnSync("debootstrap", ["--version"]).status !== 0)
    return { missing: "it needs debootstrap (apt-get install debootstrap)" }
  mkdirSync(cache, { recursive: true })
  // Made beside and renamed: what is half made is never taken for whole.
  const beside = mkdtempSync(`${root}.`)
  try {
    console.log(`Debian 13 with Mesa is fetched into ${root}, once; it takes a minute or two.`)
    const { missing } = fetchInto(beside)
    if (!missing) renameSync(beside, root)
    return missing ? { missing } : { root }
  } finally {
    rmSync(beside, { recursive: true, force: true })
  }
}

/**
 * What debootstrap mounts on its way is mounted for it alone, so that removing the folder can reach
 * nothing else.
 */
function fetchInto(folder) {
  const command = ["debootstrap", "--variant=minbase", `--include=${PACKAGES}`, SUITE, folder]
  const { status, stdout, stderr } = spawnSync("unshare", ["--mount", ...command], { encoding: "utf8" })
  if (status === 0) return {}
  const last = `${stdout}${stderr}`.trim().split("\n").slice(-3).join(" | ")
  if (UNREACHABLE.test(last)) return { missing: `Debian's packages cannot be had (${last})` }
  throw new Error(`debootstrap failed (exit code ${status}): ${last}`)
}
