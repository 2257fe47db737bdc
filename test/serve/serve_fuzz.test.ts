/**
 * The server on requests that no browser sends: it refuses each or answers it, and goes on.
 * Requests and seed are fixed; with FUZZ_REQUESTS in the environment, which `npm run fuzz:serve`
 * sets, so many of another seed.
 */
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import path from "node:path"
import fc from "fast-check"
import { afterAll, beforeAll, expect, it } from "vitest"
import { cnn } from "../support/cli.ts"
import { send, sendRaw, serveRun } from "../support/served.ts"

const REQUESTS = Number(process.env.FUZZ_REQUESTS ?? 0)
const FEW = 300
/** Milliseconds until a request that is not whole, and so gets no answer, is given up. */
const PATIENCE = 200

let serving: Awaited<ReturnType<typeof serveRun>>
const folder = await mkdtemp(path.join(tmpdir(), "cnn-fuzz-"))
beforeAll(async () => {
  const small = ["--count", "8", "--size", "16", "--epochs", "1", "--folds", "2", "--batch", "8"]
  const trained = await cnn(["train", ...small, "--out", path.join(folder, "run")])
  if (trained.code !== 0) throw new Error(trained.stderr)
  serving = await serveRun(path.join(folder, "run"))
})
afterAll(async () => {
  await serving?.close()
  await rm(folder, { recursive: true, force: true })
})

const mostly = <T>(usual: T, ...others: fc.Arbitrary<T>[]) =>
  fc.oneof({ weight: 4 * others.length, arbitrary: fc.constant(usual) }, ...others)

const dots = fc.constantFrom("..", "%2e%2e", "%252e", "..%2f", "..\\", "%5c", "%00", "%", "//", "\0", "\u{1f9b4}")
const word = fc.oneof(
  { weight: 9, arbitrary: fc.webSegment() },
  { weight: 4, arbitrary: dots },
  ...[fc.string({ maxLength: 20 }), fc.string({ unit: "binary", maxLength: 20 })],
)
const known = fc.constantFrom("/", "/index.html", "/page.js", "/run.json", "/images/0.png", "/docs/conv2d.html")
const made = fc.array(word, { maxLength: 8 }).map((words) => `/${words.join("/")}`)
const long = fc.webPath({ size: "large" }).map((path) => path.repeat(50).slice(0, 9000))
const target = fc.oneof(known, made, fc.webPath(), long)
const method = mostly("GET", fc.constantFrom("HEAD", "POST", "PUT", "OPTIONS", "CONNECT", "get", ""), word)
const version = mostly("HTTP/1.1", fc.constantFrom("HTTP/1.0", "HTTP/9", ""))
const header = fc.oneof(
  fc.constantFrom("Host: evil.test", "Origin: null", "Origin: http://evil.test", "Sec-Fetch-Site: cross-site"),
  fc.constantFrom(
    "Content-Length: 5",
    "Content-Length: -1",
    "Content-Length: 99999999999",
    "Transfer-Encoding: chunked",
  ),
  fc.constantFrom("Range: bytes=0-", "Expect: 100-continue", "Upgrade: websocket", "Connection: keep-alive"),
  fc.tuple(fc.webSegment(), word).map(([name, value]) => `${name}: ${value}`),
)
const headers = mostly<string[]>([], fc.array(header, { minLength: 1, maxLength: 4 }))
const request = fc
  .tuple(method, target, version, mostly(true, fc.constant(false)), headers, mostly("", word))
  .map(([method, target, version, host, headers, body]) => {
    const fields = [...(host ? [`Host: 127.0.0.1:${serving.port}`] : []), "Connection: close", ...headers]
    return `${[method, target, version].join(" ")}\r\n${fields.map((field) => `${field}\r\n`).join("")}\r\n${body}`
  })
const noise = fc.uint8Array({ maxLength: 300 })
const bytes = fc.oneof({ weight: 9, arbitrary: request }, { weight: 1, arbitrary: noise })

it("goes on after every request", { timeout: 60_000 + REQUESTS * 50 }, async () => {
  const seen = new Map<string, number>()
  const limits = REQUESTS > 0 ? { numRuns: REQUESTS } : { numRuns: FEW, seed: 7 }
  await fc.assert(
    fc.asyncProperty(bytes as fc.Arbitrary<string | Uint8Array>, async (sent) => {
      const answer = await sendRaw(serving.port, sent, PATIENCE)
      const status = /^HTTP\/1\.1 (\d+)/.exec(answer)?.[1] ?? "none"
      seen.set(status, (seen.get(status) ?? 0) + 1)
      // Never an error of its own, nor a file that is not the page's.
      if (/^5/.test(status)) throw new Error(answer.slice(0, 500))
      if (/root:|"name": "cnn"/.test(answer)) throw new Error("a file of the disk came out")
      if (status === "200" && !answer.includes("nosniff")) throw new Error("an answer without its headers")
    }),
    limits,
  )
  expect((await send(serving.port, { path: "/run.json" })).status).toBe(200)
  if (REQUESTS > 0)
    console.log(`${REQUESTS} requests: ${[...seen].map(([status, n]) => `${n} of ${status}`).join(", ")}`)
  // Requests that are all refused at their first byte would try nothing.
  expect([...seen.keys()]).toEqual(expect.arrayContaining(["200", "400", "403", "404", "405", "413", "414"]))
})
