/** The server of `cnn serve`: what it has, what it refuses, and how it is started. */
import { execFile, spawn } from "node:child_process"
import { readFile, rm, symlink, writeFile } from "node:fs/promises"
import path from "node:path"
import { fileURLToPath } from "node:url"
import sharp from "sharp"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { cnn } from "../support/cli.ts"
import { send, sendRaw, serveRun } from "../support/served.ts"
import { tempFolder } from "../support/temp_folder.ts"
import { at, folder, SIZE, SMALL, train, writePhantom } from "../support/train_fixture.ts"

const MAIN = fileURLToPath(new URL("../../dist/src/cli/main.js", import.meta.url))

type Serving = Awaited<ReturnType<typeof serveRun>>
let serving: Serving
beforeAll(async () => {
  const data = await writePhantom("data", 3)
  const { code, stderr } = await train("run", "--data", data, ...SMALL)
  if (code !== 0) throw new Error(stderr)
  serving = await serveRun(at("run"))
})
afterAll(() => serving?.close())

const get = (path: string, headers: Record<string, string> = {}) => send(serving.port, { path, headers })

describe("the server has", () => {
  it("the page, which knows of the run; and without a run it does not", async () => {
    const { status, headers, body } = await get("/")
    expect(status).toBe(200)
    expect(headers["content-type"]).toBe("text/html; charset=utf-8")
    expect(body).toContain('<meta name="run" content="run.json">')
    const alone = await serveRun()
    const page = await send(alone.port, {})
    const run = await send(alone.port, { path: "/run.json" })
    await alone.close()
    expect(page.body).not.toContain('name="run"')
    expect(run.status).toBe(404)
  })

  it("the run's predictions, weights and images as its networks see them", async () => {
    const run = JSON.parse((await get("/run.json")).body)
    expect(run).toMatchObject({ name: "run", weights: ["weights/0.safetensors", "weights/1.safetensors"] })
    const { images, classes } = run.predictions
    expect([images.length, classes]).toEqual([24, ["not_fractured", "fractured"]])
    const response = await fetch(`${serving.address}${images[5].pixels}`)
    const pixels = await sharp(await response.arrayBuffer())
      .toColourspace("b-w")
      .raw()
      .toBuffer()
    const file = await sharp(at("data", images[5].file)).toColourspace("b-w").raw().toBuffer()
    expect(pixels).toEqual(file)
    expect(pixels).toHaveLength(SIZE * SIZE)
    const weights = await (await fetch(`${serving.address}${run.weights[1]}`)).arrayBuffer()
    expect(Buffer.from(weights)).toEqual(await readFile(at("run", "fold-1.safetensors")))
  })

  it("nothing else of the run or of the disk", async () => {
    const paths = [
      ...[
        "/config.json",
        "/run/config.json",
        "/predictions.csv",
        "/images",
        "/images/",
        "/docs/",
        "/weights/2.safetensors",
      ],
      ...["/../package.json", "/docs/../../package.json", "/docs/..%2f..%2fpackage.json", "/%2e%2e/%2e%2e/etc/passwd"],
      ...[
        "/..%5c..%5cpackage.json",
        "/....//....//etc/passwd",
        "//etc/passwd",
        "/%00",
        "/index.html%00.png",
        "/%c0%ae/x",
      ],
      ...["/images/0.png/../../package.json", "/__proto__", "/constructor", "file:///etc/passwd", "/%"],
    ]
    for (const path of paths) expect((await get(path)).status, path).toBe(404)
  })

  it("for HEAD the same without the content", async () => {
    const whole = await get("/page.css")
    const { status, headers, body } = await send(serving.port, { method: "HEAD", path: "/page.css" })
    expect([status, body]).toEqual([200, ""])
    expect(headers["content-length"]).toBe(whole.headers["content-length"])
  })

  it("with every answer the headers that keep the page to itself", async () => {
    for (const answer of [await get("/"), await get("/nothing"), await get("/", { host: "evil.test" })]) {
      expect(answer.headers["content-security-policy"]).toMatch(/^default-src 'none';.*frame-ancestors 'none'$/)
      expect(answer.headers["content-security-policy"]).not.toMatch(/unsafe|https?:|\*/)
      expect(answer.headers).toMatchObject({
        "x-content-type-options": "nosniff",
        "cross-origin-resource-policy": "same-origin",
        "cache-control": "no-store",
      })
      expect(answer.headers).not.toHaveProperty("access-control-allow-origin")
    }
  })

  it("a word where an image of the run is not there any more, and goes on", async () => {
    const gone = await tempFolder()
    const { code } = await cnn(["phantom", path.join(gone, "data"), "--count", "8", "--size", "32"])
    expect(code).toBe(0)
    const out = path.join(gone, "run")
    expect((await cnn(["train", "--data", path.join(gone, "data"), ...SMALL, "--out", out])).code).toBe(0)
    const other = await serveRun(out)
    const { predictions } = JSON.parse((await send(other.port, { path: "/run.json" })).body)
    const lost = path.join(gone, "data", predictions.images[0].file)
    await writeFile(lost, "")
    const answer = await send(other.port, { path: `/${predictions.images[0].pixels}` })
    expect(answer.status).toBe(404)
    expect(answer.body).toContain("the file is empty")
    // A link in place of an image leads to no file outside of the data folder.
    await rm(lost)
    await symlink(fileURLToPath(new URL("../../docs/images/phantom.png", import.meta.url)), lost)
    const led = await send(other.port, { path: `/${predictions.images[0].pixels}` })
    expect(led.status).toBe(404)
    expect(led.body).toContain("leads outside")
    expect((await send(other.port, { path: `/${predictions.images[1].pixels}` })).status).toBe(200)
    await other.close()
  })
})

describe("the server refuses", () => {
  const local = () => `127.0.0.1:${serving.port}`

  it("other hosts' names, which lead here all the same", async () => {
    for (const host of [
      "evil.test",
      `evil.test:${serving.port}`,
      "127.0.0.1",
      "localhost",
      `127.0.0.1:${serving.port + 1}`,
      "",
    ])
      expect((await get("/run.json", { host })).status, host).toBe(403)
    const without = await sendRaw(serving.port, "GET /run.json HTTP/1.0\r\n\r\n")
    expect(without).toContain("403")
    expect(without).not.toContain("weights")
    expect((await get("/run.json", { host: `localhost:${serving.port}` })).status).toBe(200)
  })

  it("requests of other pages", async () => {
    for (const origin of ["http://evil.test", "null", `https://${local()}`, `http://127.0.0.1:${serving.port + 1}`, ""])
      expect((await get("/run.json", { origin })).status, origin).toBe(403)
    expect((await get("/run.json", { origin: `http://${local()}` })).status).toBe(200)
    const cross = { "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors" }
    expect((await get("/images/0.png", cross)).status).toBe(403)
    // Of another port of this machine.
    expect((await get("/images/0.png", { ...cross, "sec-fetch-site": "same-site" })).status).toBe(403)
    expect((await get("/images/0.png", { ...cross, "sec-fetch-site": "same-origin" })).status).toBe(200)
    expect((await get("/", { ...cross, "sec-fetch-mode": "navigate" })).status).toBe(200)
  })

  it("whatever is sent to it", async () => {
    for (const method of ["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH"]) {
      const { status, headers } = await send(serving.port, { method, path: "/run.json" })
      expect([status, headers.allow], method).toEqual([405, "GET, HEAD"])
    }
    expect((await send(serving.port, { headers: { "content-length": "4" }, body: "body" })).status).toBe(413)
    expect((await send(serving.port, { headers: { "content-length": "9999999999" } })).status).toBe(413)
    const chunked = { headers: { "transfer-encoding": "chunked" }, body: "4\r\nbody\r\n0\r\n\r\n" }
    expect((await send(serving.port, chunked)).status).toBe(413)
    expect((await get(`/${"a".repeat(4000)}`)).status).toBe(414)
    expect((await get("/", { long: "a".repeat(40_000) })).status).toBe(431)
  })
})

describe("npx cnn serve", () => {
  it.each([
    ["the page alone", () => [], undefined],
    ["a run", () => [at("run")], 24],
    ["one weights file", () => [at("run", "fold-0.safetensors")], 0],
  ] as const)("of %s says where it is, on this machine alone, and ends when it is told to", async (_, args, images) => {
    const child = spawn(process.execPath, [MAIN, "serve", ...args(), "--port", "0"])
    const said = await new Promise<string>((resolve) => child.stdout.once("data", (chunk) => resolve(String(chunk))))
    const [address] = /http:\/\/127\.0\.0\.1:\d+\//.exec(said)!
    expect(await (await fetch(address)).text()).toContain("Not for clinical use")
    const run = await fetch(`${address}run.json`)
    expect(run.ok).toBe(images !== undefined)
    if (run.ok) expect((await run.json()).predictions?.images.length ?? 0).toBe(images)
    const { port } = new URL(address)
    const listeners = await new Promise<string>((resolve) => execFile("ss", ["-ltn"], (_, out) => resolve(out ?? "")))
    if (listeners) expect(listeners).toMatch(new RegExp(`127\\.0\\.0\\.1:${port}\\b`))
    const code = new Promise((resolve) => child.once("close", resolve))
    child.kill("SIGINT")
    expect(await code).toBe(0)
  })

  it("says what it wants where it is given something else", async () => {
    const port = `${serving.port}`
    const taken = await cnn(["serve", "--port", port])
    expect([taken.code, taken.stderr]).toEqual([
      1,
      `cnn: port ${port} of 127.0.0.1 is taken; --port N takes another, --port 0 any free one\n`,
    ])
    expect((await cnn(["serve", at("none"), "--port", "0"])).stderr).toContain(
      "none: no such file or folder; expected a run",
    )
    expect((await cnn(["serve", "--port", "70000"])).stderr).toContain("expected a whole number from 0 to 65535")
    expect((await cnn(["serve", path.join(folder, "data"), "--port", "0"])).stderr).toContain("no weights")
  })
})
