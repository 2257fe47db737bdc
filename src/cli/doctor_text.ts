/** The findings of `cnn doctor` as text for people. */

import type { DriverFinding } from "./doctor_drivers.ts"
import type { Finding, Inspection } from "./doctor_inspect.ts"
import type { ProbedAdapter } from "./doctor_probe.ts"

/** @returns lines, the verdict last, where a terminal leaves the eye. */
export function doctorText(inspection: Inspection): string {
  return [...machine(inspection), "", ...drivers(inspection), "", ...verdict(inspection)].join("\n")
}

function machine({ system, platform, node, glibc, webgpu, loader, swiftshader }: Inspection): string[] {
  const row = (name: string, { ok, detail }: Finding, needs = "") => {
    return `  ${ok ? "✓" : "✗"} ${name.padEnd(15)}${detail}${ok || !needs ? "" : `  (${needs})`}`
  }
  return [
    `${system}, ${platform}`,
    row("Node.js", node, "20.19 or newer is needed"),
    row("glibc", glibc, "2.34 or newer is needed"),
    row("webgpu", webgpu),
    row("Vulkan loader", loader),
    row("SwiftShader", swiftshader),
  ]
}

function drivers({ drivers }: Inspection): string[] {
  if (!drivers.length) return ["No Vulkan driver is installed."]
  return ["Drivers and their adapters, tried in a process of their own:", ...drivers.flatMap(driver)]
}

function driver({ from, file, adapters, refused, messages }: DriverFinding): string[] {
  const title = file ? `${file} (${from})` : "the platform's own"
  if (!refused) return [`  ${title}`, ...adapters.flatMap(adapter)]
  return [`  ${title}`, `    ✗ ${refused}`, ...messages.map((line) => `      ${line}`)]
}

function adapter({ name, kind, backend, driver, features, limits }: ProbedAdapter): string[] {
  const has = (feature: string) => `${feature} ${features.includes(feature) ? "yes" : "no"}`
  const { maxComputeInvocationsPerWorkgroup: threads, maxComputeWorkgroupStorageSize: shared } = limits
  const { maxBufferSize, maxStorageBufferBindingSize, maxStorageBuffersPerShaderStage: buffers } = limits
  return [
    `    ✓ ${name}  ${kind}, ${backend}, ${driver}`,
    `      ${has("subgroups")}, ${has("timestamp-query")}, ${has("shader-f16")}`,
    `      a buffer ${bytes(maxBufferSize)}, a binding ${bytes(maxStorageBufferBindingSize)}, ${buffers} storage buffers per kernel`,
    `      a workgroup ${threads} threads and ${bytes(shared)}, ${limits.maxComputeWorkgroupsPerDimension} workgroups per dimension`,
  ]
}

/** In binary units, as the limits are powers of two. */
function bytes(count: number): string {
  const units = ["B", "KiB", "MiB", "GiB"]
  let unit = 0
  for (; count >= 1024 && unit < units.length - 1; unit++) count /= 1024
  return `${Number(count.toFixed(1))} ${units[unit]}`
}

function verdict({ chosen, asked, problem, advice }: Inspection): string[] {
  if (!chosen) return [`✗ cnn train cannot run here. ${problem}`]
  const wish = asked ? `, asked for by "${asked}"` : ""
  const verdict = `✓ cnn train uses ${chosen.name} (${chosen.kind}, ${chosen.backend})${wish}. A kernel ran on it and its result is right.`
  const kernels = chosen.kernels
    ? "Kernels are the plain ones, one thread per element: CNN_KERNELS=plain is set."
    : chosen.tuned
      ? `Kernels are chosen by the table ${chosen.tuned.hash} that cnn tune stored on ${chosen.tuned.date.slice(0, 10)}.`
      : "Kernels are the default ones; cnn tune measures whether others are faster here."
  if (chosen.kind === "gpu") return [verdict, kernels]
  return [verdict, kernels, "A GPU is faster. For one in this machine:", ...advice.map((line) => `  ${line}`)]
}
