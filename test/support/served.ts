/** A server for tests, with a small run of drawn files, and requests sent to it byte by byte. */
import { connect } from "node:net"
import { contentOf } from "../../src/serve/content.ts"
import { ServedRun } from "../../src/serve/served_run.ts"
import { type Serving, serve } from "../../src/serve/server.ts"

export const serveRun = (folder?: string): Promise<Serving> =>
  serve(contentOf(folder === undefined ? undefined : ServedRun.open(folder)), 0)

export interface Answer {
  status: number
  headers: Record<string, string>
  body: string
}

/**
 * Sends these bytes as they are, which no client's library would, and reads what comes until the
 * connection ends.
 *
 * @param patience milliseconds until the first byte, then we say that nothing more comes from us; 0
 * never does
 */
export function sendRaw(port: number, bytes: string | Uint8Array, patience = 0): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1")
    const chunks: Buffer[] = []
    socket.setTimeout(20_000, () => socket.destroy(new Error("no answer in 20 s")))
    socket.on("data", (chunk) => chunks.push(chunk))
    // A server that refuses a request need not read all of it.
    socket.on("error", (error: NodeJS.ErrnoException) =>
      ["ECONNRESET", "EPIPE"].includes(error.code ?? "") ? undefined : reject(error),
    )
    const waiting = patience > 0 ? setTimeout(() => chunks.length === 0 && socket.end(), patience) : undefined
    socket.on("close", () => clearTimeout(waiting))
    socket.on("close", () => resolve(Buffer.concat(chunks).toString("latin1")))
    socket.write(bytes)
  })
}

/** A request whose every part can be wrong. */
export async function send(
  port: number,
  { method = "GET", path = "/", headers = {} as Record<string, string>, body = "" },
): Promise<Answer> {
  const lines = Object.entries({ host: `127.0.0.1:${port}`, connection: "close", ...headers }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  )
  const text = await sendRaw(port, `${method} ${path} HTTP/1.1\r\n${lines.join("")}\r\n${body}`)
  const [head, ...rest] = text.split("\r\n\r\n")
  const [first, ...fields] = head.split("\r\n")
  return {
    status: Number(first.split(" ")[1]),
    headers: Object.fromEntries(fields.map(split)),
    body: rest.join("\r\n\r\n"),
  }
}

function split(field: string): [name: string, value: string] {
  const at = field.indexOf(": ")
  return [field.slice(0, at).toLowerCase(), field.slice(at + 2)]
}
