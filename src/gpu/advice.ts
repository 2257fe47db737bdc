/**
 * What to install where no adapter was found, by distribution. Node only; reached through
 * device.ts.
 */

import { existsSync, readFileSync } from "node:fs"
import { PACKAGE } from "../files/package.ts"
import { findArchive, SOFTWARE_PACKAGE } from "./software.ts"

interface Distribution {
  /**
   * As in os-release: "debian", "ubuntu", "fedora", "arch", "opensuse-leap", "alpine"; else
   * process.platform.
   */
  id: string
  /** What it is derived from, closest first. */
  like: string[]
  name: string
}

/** Reads os-release, https://www.freedesktop.org/software/systemd/man/os-release.html */
export function readDistribution(file = "/etc/os-release"): Distribution {
  let text = ""
  try {
    text = readFileSync(file, "utf8")
  } catch {}
  const field = (key: string) => text.match(new RegExp(`^${key}=["']?(.*?)["']?$`, "m"))?.[1] ?? ""
  const id = field("ID") || process.platform
  return { id, like: field("ID_LIKE").split(" ").filter(Boolean), name: field("PRETTY_NAME") || id }
}

/**
 * In a clone the package is a development dependency, which `npm install` leaves out again under
 * NODE_ENV=production.
 */
function noRoot(): string {
  const isClone = existsSync(new URL("tsconfig.build.json", PACKAGE))
  const command = isClone ? "npm ci --include=dev" : `npm install ${SOFTWARE_PACKAGE}`
  return `${command}   ${isClone ? "in this clone: " : ""}a software adapter (SwiftShader): needs no root, runs on any x64 Linux with glibc`
}

/** One line a possibility, the simplest first; packages as the distribution calls them. */
const BY_DISTRIBUTION: Record<string, string[]> = {
  debian: [
    "apt-get install libvulkan1 mesa-vulkan-drivers   for an AMD or Intel GPU; from Debian 13 on a faster software adapter too (lavapipe)",
    "apt-get install libvulkan1 nvidia-driver   for an NVIDIA GPU (from non-free)",
  ],
  ubuntu: [
    "apt-get install libvulkan1 mesa-vulkan-drivers   for an AMD or Intel GPU; with Mesa 25 a faster software adapter too (lavapipe)",
    "ubuntu-drivers install   for an NVIDIA GPU",
  ],
  fedora: [
    "dnf install vulkan-loader mesa-vulkan-drivers   for an AMD or Intel GPU, and a software adapter (lavapipe)",
    "dnf install vulkan-loader akmod-nvidia   for an NVIDIA GPU (from RPM Fusion)",
  ],
  arch: [
    "pacman -S vulkan-icd-loader vulkan-swrast   a software adapter (lavapipe)",
    "pacman -S vulkan-icd-loader vulkan-radeon (or vulkan-intel, nvidia-utils)   for a GPU",
  ],
  // openSUSE's and SLES's os-release name it in ID_LIKE.
  suse: [
    "zypper install libvulkan1 libvulkan_lvp   a software adapter (lavapipe)",
    "zypper install libvulkan1 libvulkan_radeon (or libvulkan_intel)   for an AMD or Intel GPU",
    "The packages that https://en.opensuse.org/SDB:NVIDIA_drivers names, for an NVIDIA GPU",
  ],
  alpine: [
    "The webgpu package is built for glibc, and Alpine has musl: use a glibc system, such as the node:20-bookworm image.",
  ],
}

/**
 * @returns lines of advice, for the machine's distribution or the nearest that it is derived from.
 */
export function installAdvice({ id, like }: Distribution = readDistribution()): string[] {
  const known = [id, ...like].find((name) => BY_DISTRIBUTION[name])
  if (known === "alpine") return BY_DISTRIBUTION.alpine
  if (id === "darwin" || id === "win32")
    return ["Update the graphics driver: WebGPU reaches the GPU through the system's own."]
  const system = known ? BY_DISTRIBUTION[known] : ["Install a Vulkan loader and the Vulkan driver of your GPU."]
  return process.arch === "x64" && !findArchive() ? [noRoot(), ...system] : system
}
