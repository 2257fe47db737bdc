import { describe, expect, it } from "vitest"
import type { AdapterInfo } from "../../src/gpu/adapter.ts"
import { adapterKind, fitsAdapter, gpusFirst, isNullAdapter } from "../../src/gpu/choose.ts"

function info(name: string, vendor: string, description: string): AdapterInfo {
  const driver = description
  return {
    kind: adapterKind(name),
    name,
    vendor,
    architecture: "",
    description,
    driver,
    subgroups: true,
    subgroupSize: 4,
    backend: "vulkan",
  }
}

const nvidia = info("NVIDIA GeForce RTX 4090", "nvidia", "NVIDIA: 550.54.14")
const llvmpipe = info("llvmpipe (LLVM 19.1.7, 256 bits)", "mesa", "llvmpipe: Mesa 25.0.7")
const swiftshader = info("SwiftShader Device (Subzero)", "google", "SwiftShader driver 5.0.0")

describe("the choice of an adapter", () => {
  it.each([
    [undefined, [nvidia, llvmpipe, swiftshader]],
    ["gpu", [nvidia]],
    ["software", [llvmpipe, swiftshader]],
    ["Software", [llvmpipe, swiftshader]],
    ["NVIDIA", [nvidia]],
    ["4090", [nvidia]],
    ["llvmpipe", [llvmpipe]],
    ["lavapipe", [llvmpipe]],
    ["mesa 25", [llvmpipe]],
    ["swiftshader", [swiftshader]],
    ["radeon", []],
  ])("%s fits", (wanted, fitting) => {
    expect([nvidia, llvmpipe, swiftshader].filter((adapter) => fitsAdapter(adapter, wanted))).toEqual(fitting)
  })

  it("takes the driver's word that an unknown adapter is a processor", () => {
    expect(adapterKind("Some Device", true)).toBe("software")
    expect(adapterKind("Microsoft Basic Render Driver")).toBe("software")
    expect(adapterKind("Intel(R) Iris(R) Xe Graphics (TGL GT2)")).toBe("gpu")
  })

  it("puts GPUs first and otherwise keeps Dawn's order", () => {
    const listed = [llvmpipe, nvidia, swiftshader, info("AMD Radeon RX 7600", "amd", "radv")]
    expect(gpusFirst(listed).map(({ name }) => name.split(" ")[0])).toEqual([
      "NVIDIA",
      "AMD",
      "llvmpipe",
      "SwiftShader",
    ])
  })

  it("knows the null backend by its device and by its name", () => {
    expect(isNullAdapter({ device: "null-backend" })).toBe(true)
    expect(isNullAdapter({ device: "" }, "null")).toBe(true)
    expect(isNullAdapter({ device: "swiftshader-device-subzero-" }, "vulkan")).toBe(false)
  })
})
