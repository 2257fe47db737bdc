/**
 * What the server refuses before it looks at a path. It listens on this machine alone, but any page
 * that a browser has open can send it requests, also under a name of its own that leads here (DNS
 * rebinding): so the request must name this host, must not come from another page, must only ask,
 * and must bring nothing.
 */
import type { IncomingMessage } from "node:http"

export interface Refusal {
  status: number
  /** What was expected, for whoever sent the request. */
  message: string
}

/** Longer than any path that the page asks for. */
const MAX_PATH = 2048

/** @returns why the request is not answered; undefined where it is */
export function refusal(
  request: Pick<IncomingMessage, "method" | "url" | "headers">,
  port: number,
): Refusal | undefined {
  const { method = "", url = "", headers } = request
  const hosts = [`127.0.0.1:${port}`, `localhost:${port}`]
  const { host, origin } = headers
  if (!hosts.includes(host ?? ""))
    return { status: 403, message: `This server answers to the host ${hosts.join(" or ")} only.` }
  if (origin !== undefined && !hosts.some((own) => origin === `http://${own}`))
    return { status: 403, message: "This server answers to its own page only, not to those of another origin." }
  if (!isOwn(headers["sec-fetch-site"]) && headers["sec-fetch-mode"] !== "navigate")
    return { status: 403, message: "This server answers to its own page only, not to those of another site." }
  if (method !== "GET" && method !== "HEAD")
    return { status: 405, message: "GET and HEAD only: nothing is sent to this server." }
  if (hasBody(headers)) return { status: 413, message: "A request has no body here: nothing is sent to this server." }
  if (url.length > MAX_PATH) return { status: 414, message: `A path has at most ${MAX_PATH} characters here.` }
  return undefined
}

/**
 * What a browser says of the page that asks; a page of another port is of the same site. Other
 * programs say nothing.
 */
const isOwn = (site: string | string[] | undefined): boolean =>
  site === undefined || site === "same-origin" || site === "none"

const hasBody = (headers: IncomingMessage["headers"]): boolean =>
  headers["transfer-encoding"] !== undefined || (headers["content-length"] ?? "0") !== "0"
