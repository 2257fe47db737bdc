/** Each Vulkan driver of the machine: its adapters, or why it has none. */

import { driverLibrary, isSoftwareDriver } from "../gpu/vulkan.ts"
import { probe } from "./doctor_child.ts"
import type { ProbedAdapter } from "./doctor_probe.ts"

export interface DriverFinding {
  from: "system" | "npm" | "platform"
  /** The driver file (ICD); empty for the platform's own driver. */
  file: string
  /** The library as the driver file names it. */
  library: string
  adapters: ProbedAdapter[]
  /** Why it gives no adapter. */
  refused?: string
  /** What Dawn, the loader and the driver said beside that. */
  messages: string[]
}

export async function inspectDriver(from: DriverFinding["from"], file: string): Promise<DriverFinding> {
  const finding: DriverFinding = { from, file, library: "", adapters: [], messages: [] }
  try {
    if (file) finding.library = driverLibrary(file)
  } catch (error) {
    return { ...finding, refused: `not a driver file: ${(error as Error).message}` }
  }
  const { answer: adapters = [], error, messages } = await probe<ProbedAdapter[]>("list", file ? [file] : [])
  if (adapters.length) return { ...finding, adapters, messages }
  return { ...finding, messages, ...(error ? { refused: error } : whyNone(file, messages)) }
}

/**
 * The reason among what was printed; the loader's general complaints that follow from it are left
 * out.
 */
function whyNone(file: string, messages: string[]): Pick<DriverFinding, "refused" | "messages"> {
  const unloadable = messages.find((line) => /cannot open shared object|wrong ELF class|undefined symbol/.test(line))
  if (unloadable) return { refused: `its library does not load: ${unloadable}`, messages: [] }
  const required = messages.find((line) => /required/i.test(line))
  if (required) {
    const cure = isSoftwareDriver(file) ? " (Mesa 25's lavapipe has it)" : ""
    return { refused: `too old for Dawn: ${required}${cure}`, messages: messages.filter((line) => line !== required) }
  }
  const noDevice = !messages.length || messages.some((line) => /detect any valid GPUs|INCOMPATIBLE_DRIVER/.test(line))
  if (noDevice) return { refused: "no device of this driver is present", messages: [] }
  return { refused: "Dawn accepts none of its devices", messages }
}
