import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import os from "node:os"
import path from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { probe } from "../../src/cli/doctor_child.ts"
import type { Inspection } from "../../src/cli/doctor_inspect.ts"
import { doctorText } from "../../src/cli/doctor_text.ts"
import { installAdvice, readDistribution } from "../../src/gpu/advice.ts"
import { cnn } from "../support/cli.ts"

let folder: string
beforeEach(() => (folder = mkdtempSync(path.join(os.tmpdir(), "cnn-test-"))))
afterEach(() => rmSync(folder, { recursive: true }))

describe("cnn doctor", () => {
  it("names the adapter that would be used, after a kernel ran on it", async () => {
    const { code, stdout, stderr } = await cnn(["doctor"])
    expect(stderr).toBe("")
    expect(stdout).toContain(`Node.js        ${process.versions.node}`)
    expect(stdout).toMatch(/✓ cnn train uses .+ \((gpu|software), \w+\)(, asked for by ".+")?\. A kernel ran on it/)
    expect(code).toBe(0)
  })

  it("prints all limits and features as JSON", async () => {
    const { code, stdout } = await cnn(["doctor", "--json"])
    const { drivers, chosen, node, webgpu }: Inspection = JSON.parse(stdout)
    const adapters = drivers.flatMap((driver) => driver.adapters)
    const used = adapters.find(({ name }) => name === chosen!.name)!
    expect(used.limits.maxComputeInvocationsPerWorkgroup).toBeGreaterThanOrEqual(256)
    expect(used.features).toContain("core-features-and-limits")
    expect([node.ok, webgpu.ok, code]).toEqual([true, true, 0])
  })

  it("ends with exit code 1 and says why where no adapter fits", async () => {
    const { code, stdout } = await cnn(["doctor"], { CNN_ADAPTER: "voodoo2" })
    expect(stdout).toMatch(/✗ cnn train cannot run here\. No WebGPU adapter fits "voodoo2"/)
    expect(stdout).not.toContain("cnn doctor")
    expect(code).toBe(1)
    const json = await cnn(["doctor", "--json", "--adapter", "voodoo2"])
    expect(JSON.parse(json.stdout)).toMatchObject({ asked: "voodoo2", problem: expect.stringContaining("voodoo2") })
    expect(json.code).toBe(1)
  })

  it.skipIf(process.platform !== "linux")("gives the reason for each driver that does not serve", async () => {
    const broken = path.join(folder, "broken.json")
    writeFileSync(broken, "{")
    const gone = path.join(folder, "gone.json")
    const ICD = { library_path: "/gone/libvulkan_gone.so", api_version: "1.3.0" }
    writeFileSync(gone, JSON.stringify({ file_format_version: "1.0.0", ICD }))
    const { stdout } = await cnn(["doctor", "--json"], { VK_DRIVER_FILES: `${broken}:${gone}`, VK_ICD_FILENAMES: "" })
    const { drivers }: Inspection = JSON.parse(stdout)
    expect(drivers[0]).toMatchObject({ file: broken, refused: expect.stringMatching(/^not a driver file: .*JSON/) })
    expect(drivers[1]).toMatchObject({
      file: gone,
      refused: expect.stringMatching(/does not load: .*libvulkan_gone\.so: cannot open/),
    })
  })

  it("says that the build is incomplete, and blames no driver, if a file of it is missing", async () => {
    const file = path.join(folder, "probe.mjs")
    for (const [code, absent] of [
      [`import "./nowhere.js"`, /nowhere\.js is missing\. .* run: npm install && npm run build$/],
      [`import "no-such-package"`, /^no-such-package is missing\. /],
      ["process.exit(3)", /^the driver ended the process \(exit code 3\)$/],
    ] as const) {
      writeFileSync(file, code)
      expect(await probe("list", [], { file })).toEqual({ error: expect.stringMatching(absent), messages: [] })
    }
    expect((await probe("list", [], { file: path.join(folder, "gone.mjs") })).error).toMatch(/gone\.mjs is missing/)
  })

  it("continues without SwiftShader if that cannot be unpacked", async () => {
    const file = path.join(folder, "file")
    writeFileSync(file, "")
    const { stdout, stderr } = await cnn(["doctor", "--json"], { CNN_CACHE: path.join(file, "cache") })
    expect(JSON.parse(stdout).swiftshader).toMatchObject({ ok: false, detail: expect.stringContaining("CNN_CACHE") })
    expect(stderr).toBe("")
  })
})

describe("the report", () => {
  const bare: Inspection = {
    system: "Fedora Linux 42",
    platform: "linux x64",
    node: { ok: false, detail: "18.0.0" },
    glibc: { ok: false, detail: "2.31" },
    webgpu: { ok: true, detail: "0.6.2" },
    loader: { ok: false, detail: "libvulkan.so.1 is not installed" },
    swiftshader: { ok: false, detail: "@sparticuz/chromium@147.0.0 is not installed" },
    drivers: [],
    problem: "There is no WebGPU adapter.",
    advice: [],
  }

  it("of a bare machine says what is missing", () => {
    expect(doctorText(bare).split("\n")).toEqual([
      "Fedora Linux 42, linux x64",
      "  ✗ Node.js        18.0.0  (20.19 or newer is needed)",
      "  ✗ glibc          2.31  (2.34 or newer is needed)",
      "  ✓ webgpu         0.6.2",
      "  ✗ Vulkan loader  libvulkan.so.1 is not installed",
      "  ✗ SwiftShader    @sparticuz/chromium@147.0.0 is not installed",
      "",
      "No Vulkan driver is installed.",
      "",
      "✗ cnn train cannot run here. There is no WebGPU adapter.",
    ])
  })
})

describe("the advice", () => {
  it.each([
    ["debian", [], /^apt-get install libvulkan1 mesa-vulkan-drivers/m],
    ["linuxmint", ["ubuntu", "debian"], /^ubuntu-drivers/m],
    ["fedora", [], /^dnf install vulkan-loader/m],
    ["arch", [], /^pacman -S vulkan-icd-loader vulkan-swrast/m],
    ["opensuse-tumbleweed", ["opensuse", "suse"], /^zypper install libvulkan1 libvulkan_lvp/m],
    ["alpine", [], /musl/],
    ["slackware", [], /^Install a Vulkan loader/m],
    ["darwin", [], /graphics driver/],
  ])("fits %s", (id, like, expected) => {
    expect(installAdvice({ id, like, name: id }).join("\n")).toMatch(expected)
  })

  it("reads the distribution from os-release, quoted or not", () => {
    const file = path.join(folder, "os-release")
    writeFileSync(file, `NAME="Linux Mint"\nID=linuxmint\nID_LIKE="ubuntu debian"\nPRETTY_NAME='Linux Mint 22'\n`)
    expect(readDistribution(file)).toEqual({ id: "linuxmint", like: ["ubuntu", "debian"], name: "Linux Mint 22" })
    expect(readDistribution(path.join(folder, "none")).id).toBe(process.platform)
  })
})
