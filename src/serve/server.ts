/** A server on this machine alone, for the page and what it may ask for. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import type { Content } from "./content.ts"
import { refusal } from "./guard.ts"
import { HEADERS } from "./headers.ts"

const HOST = "127.0.0.1"

/** Milliseconds; whoever holds a connection open without asking for anything is not waited for. */
const PATIENCE = {
  ...{ requestTimeout: 10_000, headersTimeout: 5_000, keepAliveTimeout: 5_000 },
  connectionsCheckingInterval: 2_000,
}

/** What Node says of a request that it cannot read, to what it is told. */
const UNREADABLE: Record<string, string> = {
  HPE_HEADER_OVERFLOW: "431 Request Header Fields Too Large",
  ERR_HTTP_REQUEST_TIMEOUT: "408 Request Timeout",
}

export interface Serving {
  port: number
  /** Of the page. */
  address: string
  close(): Promise<void>
}

/**
 * @param port 0 for any that is free
 * @throws where the port cannot be had
 */
export async function serve(content: Content, port: number): Promise<Serving> {
  const server = createServer(PATIENCE)
  // A browser needs a few.
  server.maxConnections = 64
  const own = () => (server.address() as AddressInfo).port
  server.on("request", (request, response) => void answer(content, own(), request, response))
  server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
    const status = UNREADABLE[error.code ?? ""] ?? "400 Bad Request"
    if (socket.writable) socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\n\r\n`)
    else socket.destroy()
  })
  await listening(server, port)
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  return { port: own(), address: `http://${HOST}:${own()}/`, close }
}

function listening(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const taken = error.code === "EADDRINUSE"
      reject(
        taken ? new Error(`port ${port} of ${HOST} is taken; --port N takes another, --port 0 any free one`) : error,
      )
    })
    server.listen(port, HOST, resolve)
  })
}

async function answer(
  content: Content,
  port: number,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const refused = refusal(request, port)
  if (refused) return say(response, refused.status, refused.message)
  const found = content.get(addressOf(request.url!))
  if (!found) return say(response, 404, "There is nothing at this address.")
  try {
    const body = await found.body()
    send(response, request.method === "HEAD", found.type, body)
  } catch (error) {
    say(response, 404, (error as Error).message)
  }
}

/** The path as it was sent: what is encoded in it, dots or slashes, is no address of ours. */
const addressOf = (url: string): string => url.split(/[?#]/, 1)[0]

function say(response: ServerResponse, status: number, message: string): void {
  const allow: Record<string, string> = status === 405 ? { allow: "GET, HEAD" } : {}
  // Whatever a refused request goes on to send is not waited for.
  const close: Record<string, string> = status === 404 ? {} : { connection: "close" }
  response.writeHead(status, { ...HEADERS, ...allow, ...close, "content-type": "text/plain; charset=utf-8" })
  response.end(`${message}\n`)
}

function send(response: ServerResponse, head: boolean, type: string, body: Uint8Array | string): void {
  response.writeHead(200, { ...HEADERS, "content-type": type, "content-length": Buffer.byteLength(body) })
  response.end(head ? undefined : body)
}
