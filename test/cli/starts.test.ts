/**
 * How cnn starts, or what it says instead: installed in every way, on old versions of Node, without
 * a home, at odd paths.
 */
import { execFile, spawnSync } from "node:child_process"
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs"
import path from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { transformSync } from "esbuild"
import { describe, expect, it } from "vitest"
import { cnn } from "../support/cli.ts"
import { before } from "../support/left_run.ts"
import { tempFolder } from "../support/temp_folder.ts"

const ROOT = fileURLToPath(new URL("../..", import.meta.url))
const { buildProblem, missingProblem, nodeProblem } = await import(new URL("../../bin/check.mjs", import.meta.url).href)
const LAUNCHER = ["bin/cnn.mjs", "bin/check.mjs", "bin/prepare.mjs"]
const { scripts, engines } = JSON.parse(readFileSync(`${ROOT}package.json`, "utf8"))

/** A folder with the launcher and these files, empty ones where no text is given. */
async function clone(...files: (string | [file: string, text: string])[]): Promise<string> {
  // As the name of a user's folder may be.
  const folder = path.join(await tempFolder(), "Röntgen bilder (neu) 'ß'")
  for (const file of [...LAUNCHER, "bin/build.mjs", "package.json"])
    cpSync(path.join(ROOT, file), path.join(folder, file))
  for (const [file, text] of files.map((one) => (typeof one === "string" ? [one, ""] : one))) {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true })
    writeFileSync(path.join(folder, file), text)
  }
  return folder
}

const TOOLS = ["typescript", "esbuild", "marked"].map((name) => `node_modules/${name}/package.json`)
const BUILT: [string, string] = ["dist/src/cli/main.js", 'console.log("runs")\n']
const SOURCES = "tsconfig.build.json"

function start(folder: string, ...args: string[]) {
  const run = spawnSync(process.execPath, [path.join(folder, "bin/cnn.mjs"), ...args], { encoding: "utf8" })
  return { status: run.status, stdout: run.stdout, stderr: run.stderr }
}

describe("the Node that it needs", () => {
  it.each([
    ["20.19.0", true],
    ["20.18.3", false],
    ["18.20.8", false],
    ["14.21.3", false],
    ["9.11.2", false],
    ["22.0.0", true],
    ["24.1.0-nightly", true],
    ["100.0.0", true],
  ])("%s: %s", (version, fits) => {
    const problem = nodeProblem(version, ">=20.19")
    if (fits) expect(problem).toBeUndefined()
    else
      expect(problem).toBe(
        `cnn needs Node 20.19 or newer, and this is Node ${version}. Install a newer one: https://nodejs.org`,
      )
  })

  it("is package.json's", () => {
    expect(engines.node).toMatch(/^>=\d+\.\d+$/)
    expect(nodeProblem(engines.node.slice(2))).toBeUndefined()
  })

  it("is checked before anything of the program is loaded", async () => {
    const old = `Object.defineProperty(process, "versions", { value: { ...process.versions, node: "18.20.8" } })`
    const { code, stdout, stderr } = await cnn(["--version"], before(old))
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" })
    expect(stderr).toMatch(/^cnn needs Node 20\.19 or newer, and this is Node 18\.20\.8\. .*\n$/)
  })

  it.each(LAUNCHER)("need not be there to read %s, whose syntax is Node 14's", (file) => {
    const code = readFileSync(path.join(ROOT, file), "utf8")
    const [old, now] = ["node14", "esnext"].map((target) => transformSync(code, { target }).code)
    expect(old).toBe(now)
    const imports = [...code.matchAll(/^import .* from "(.*)"$/gm)].map(([, name]) => name)
    expect(imports.filter((name) => !name.startsWith("node:") && name !== "./check.mjs")).toEqual([])
  })
})

describe("without a build", () => {
  it.each<[string, (string | [string, string])[], RegExp]>([
    ["npm ci --ignore-scripts", [SOURCES, ...TOOLS], /^cnn is not built yet\. In .*'ß', run: npm run build\n$/],
    ["npm ci --omit=dev", [SOURCES, "node_modules/yargs/package.json"], /development.* run: npm ci --include=dev\n$/],
    ["an install that was cut short", [SOURCES, ...TOOLS.slice(1)], /run: npm ci --include=dev\n$/],
    ["git clone", [SOURCES], /run: npm ci --include=dev\n$/],
    ["a package without its build", [], /^cnn was installed without its build, in .*, without --ignore-scripts\.\n$/],
  ])("after %s it says what to do, in one line", async (_, files, message) => {
    const run = start(await clone(...files), "train")
    expect(run).toMatchObject({ status: 1, stdout: "" })
    expect(run.stderr).toMatch(message)
  })

  it("finds the packages of a workspace, which lie above", async () => {
    const folder = await clone("above", ...TOOLS)
    mkdirSync(path.join(folder, "packages", "cnn"), { recursive: true })
    writeFileSync(path.join(folder, "packages", "cnn", SOURCES), "")
    expect(buildProblem(path.join(folder, "packages", "cnn"))).toMatch(/run: npm run build$/)
  })

  it("runs once it is built", async () => {
    expect(start(await clone(BUILT))).toEqual({ status: 0, stdout: "runs\n", stderr: "" })
  })
})

describe("with a build that does not load", () => {
  it.each<[string, string, RegExp]>([
    ["a package that is not there", 'import "yargs"', /^cnn needs the package yargs, .* run: npm install\n$/],
    ["a scoped package", 'import "@a/b/c.js"', /^cnn needs the package @a\/b, .* run: npm install\n$/],
    ["a file that is not there", 'import "../nowhere.js"', /^cnn's build is incomplete\. .* run: npm run build\n$/],
    ["a later import", 'await import("yargs")', /^cnn needs the package yargs, /],
    ["an error of another kind", 'throw new RangeError("odd")', /RangeError: odd/],
  ])("says so: %s", async (_, code, message) => {
    const run = start(await clone(["dist/src/cli/main.js", code]))
    expect(run.status).toBe(1)
    expect(run.stderr).toMatch(message)
  })

  it("names the folder above node_modules where cnn is an installed package", () => {
    const error = Object.assign(new Error("Cannot find package 'sharp' imported from x"), {
      code: "ERR_MODULE_NOT_FOUND",
    })
    const folder = path.join("/home", "ada", "node_modules", "cnn")
    expect(missingProblem(error, folder)).toContain(`In ${path.join("/home", "ada")}, run: npm install`)
  })
})

describe.skipIf(process.platform === "win32")("npm's prepare", () => {
  const prepare = (cwd: string, command = "ci", bin = "") =>
    spawnSync(scripts.prepare, {
      ...{ cwd, shell: true, encoding: "utf8" },
      env: { ...process.env, npm_command: command, PATH: `${bin}:${process.env.PATH}` },
    })

  it("says in one line what is missing without development dependencies, which is no failure", async () => {
    const { status, stderr } = prepare(await clone(SOURCES, "node_modules/yargs/package.json"))
    expect(status).toBe(0)
    expect(stderr).toMatch(/^cnn is not built, and its build needs .* run: npm ci --include=dev\n$/)
  })

  it("leaves a build that is there", async () => {
    const folder = await clone(SOURCES, BUILT)
    const { status, stderr } = prepare(folder)
    expect([status, stderr]).toEqual([0, expect.stringMatching(/the build in dist stays as it is\.\n$/)])
    expect(start(folder).stdout).toBe("runs\n")
  })

  it.each(["pack", "publish"])("fails where npm %s would let out an old build, or none", async (command) => {
    expect(prepare(await clone(SOURCES, BUILT), command).status).toBe(1)
    expect(prepare(await clone(SOURCES), command).status).toBe(1)
  })

  it("does nothing where only package.json was copied, as images are built", async () => {
    const folder = await tempFolder({ "package.json": readFileSync(`${ROOT}package.json`) })
    expect(prepare(folder)).toMatchObject({ status: 0, stdout: "", stderr: "" })
  })

  it("builds where all is there, and fails with the build", async () => {
    const folder = await clone(SOURCES, ...TOOLS, ["commands/npm", '#!/bin/sh\necho "$@"\nexit 7\n'])
    chmodSync(path.join(folder, "commands/npm"), 0o755)
    expect(prepare(folder, "ci", path.join(folder, "commands"))).toMatchObject({ status: 7, stdout: "run build\n" })
  })
})

describe("npm run build", () => {
  const COPIED = ["tsconfig.json", SOURCES, "README.md", "src/a", "bench/a", "docs/a", "research/a", "examples/a"]
  const TOOL = "node_modules/typescript/package.json"
  /**
   * In place of the compiler: it writes a build, says what is in the clone's dist meanwhile, and
   * ends like this.
   */
  const compiler = (end: string): [string, string] => [
    "node_modules/typescript/bin/tsc",
    `const { mkdirSync, readFileSync, writeFileSync } = require("node:fs")
for (const folder of ["dist/src/cli", "dist/src/gpu", "src/page"]) mkdirSync(folder, { recursive: true })
for (const file of ["dist/src/gpu/write_shader_texts.js", "src/page/bundle.mjs"]) writeFileSync(file, "")
writeFileSync("dist/src/cli/main.js", 'console.log("new")')
process.stdout.write(readFileSync("../dist/src/cli/main.js"))
${end}`,
  ]
  const build = (folder: string) => spawnSync(process.execPath, ["bin/build.mjs"], { cwd: folder, encoding: "utf8" })
  const left = (folder: string) => readdirSync(folder).filter((name) => name.startsWith(".build-"))

  it("keeps the build that is there until the new one is whole", async () => {
    const folder = await clone(...COPIED, [TOOL, "{}"], compiler(""), BUILT, "dist/stale.js")
    const { status, stdout } = build(folder)
    expect([status, stdout]).toEqual([0, BUILT[1]])
    expect(start(folder).stdout).toBe("new\n")
    expect(existsSync(path.join(folder, "dist/stale.js"))).toBe(false)
    expect(left(folder)).toEqual([])
  })

  it("leaves it if the new one fails", async () => {
    const folder = await clone(...COPIED, [TOOL, "{}"], compiler("process.exit(2)"), BUILT)
    const { status, stderr } = build(folder)
    expect([status, stderr]).toEqual([1, expect.stringContaining("tsc -p tsconfig.build.json failed")])
    expect(start(folder).stdout).toBe("runs\n")
    expect(left(folder)).toEqual([])
  })
})

/** Commands as a user without an entry in /etc/passwd, where the system lets us be one. */
const NOBODY = ["unshare", "--user", "--map-user=12345", "--map-group=12345"]
const canBeNobody = spawnSync(NOBODY[0], [...NOBODY.slice(1), "true"]).status === 0

describe.skipIf(process.platform !== "linux")("cnn", () => {
  const QUICK = ["--count", "8", "--size", "16", "--folds", "2", "--epochs", "1", "--batch", "4"]
  const { HOME: _, CNN_CACHE: _c, XDG_CACHE_HOME: _x, ...plain } = process.env

  /** Trains and predicts. */
  async function works(program: string[], env: NodeJS.ProcessEnv, out: string) {
    const run = async (...args: string[]) => {
      const [file, ...rest] = [...program, ...args]
      return (await promisify(execFile)(file, rest, { env: { ...env, CNN_DEBUG: "" } })).stdout
    }
    expect(await run("--help")).toMatch(/cnn train/)
    expect(await run("doctor")).toMatch(/✓ cnn train uses/)
    await run("phantom", path.join(out, "films"), "--count", "4", "--size", "32")
    expect(await run("train", ...QUICK, "--out", path.join(out, "run"))).toMatch(/Everything is in/)
    const image = path.join(out, "films", "fractured", "phantom-0001.png")
    expect(await run("predict", path.join(out, "run"), image, "--json")).toMatch(/"probability"/)
    return run
  }

  it("runs from a clone at a path with blanks, umlauts and quotes", async () => {
    const folder = await clone()
    cpSync(path.join(ROOT, "dist"), path.join(folder, "dist"), { recursive: true })
    for (const name of ["node_modules", "src", "bench"]) symlinkSync(path.join(ROOT, name), path.join(folder, name))
    const cache = path.join(folder, "Zwischenspeicher ä")
    await works([process.execPath, path.join(folder, "bin/cnn.mjs")], { ...plain, CNN_CACHE: cache }, folder)
    expect(existsSync(cache)).toBe(true)
  }, 100_000)

  it.skipIf(!canBeNobody)(
    "runs without a home, for a user number without a name",
    async () => {
      const folder = await tempFolder()
      const program = [...NOBODY, process.execPath, path.join(ROOT, "bin/cnn.mjs")]
      const run = await works(program, { ...plain, TMPDIR: folder }, folder)
      expect(await run("cache")).toContain(`Cache folder: ${path.join(folder, "cnn-12345")}`)
    },
    100_000,
  )

  it("runs with a home that cannot be written", async () => {
    const folder = await tempFolder({ "home/.cache": "a file, which root cannot write below either" })
    const env = { ...plain, HOME: path.join(folder, "home"), TMPDIR: folder }
    const run = await works([process.execPath, path.join(ROOT, "bin/cnn.mjs")], env, folder)
    expect(await run("cache")).toContain(`Cache folder: ${path.join(folder, `cnn-${process.getuid?.()}`)}`)
  }, 100_000)

  it.each(["/proc/nowhere", "/dev/null/x", "/proc/self/fd/0/x"])("ends where CNN_CACHE=%s", async (cache) => {
    const { stdout, stderr } = await cnn(["doctor"], { CNN_CACHE: cache })
    expect(stdout + stderr).toMatch(/✓ cnn train uses|set CNN_CACHE to a folder that can be written/)
  })
})
