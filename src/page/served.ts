/**
 * What the server has of a run, or the site's own run; nothing where the page has neither, which
 * then asks for nothing.
 */
import { problemOf } from "../files/schema.ts"
import { type RunMessage, runMessageSchema } from "../serve/run_message.ts"
import type { WeightsBytes } from "./ensemble.ts"

/** On a site the run comes as a script with data: addresses: files on a disk cannot be fetched. */
const embedded = (): unknown => (globalThis as { cnnRun?: unknown }).cnnRun

/** @throws where the server does not answer, or with something else */
export async function servedRun(): Promise<RunMessage | null> {
  const address = document.querySelector<HTMLMetaElement>('meta[name="run"]')?.content ?? "run.js"
  const message = embedded() ?? (address === "run.js" ? null : await (await fetched(address)).json())
  if (message === null) return null
  const problem = problemOf(runMessageSchema, message)
  if (problem === undefined) return message as RunMessage
  throw new Error(`${address}: ${problem}. Is the page of another version than the server? Load it again`)
}

export const servedWeights = (addresses: readonly string[]): Promise<WeightsBytes[]> =>
  Promise.all(
    addresses.map(async (address, k) => {
      const name = address.startsWith("data:") ? `weights ${k}` : address
      return { name, bytes: new Uint8Array(await (await fetched(address)).arrayBuffer()) }
    }),
  )

export const servedImage = async (address: string): Promise<Blob> => (await fetched(address)).blob()

async function fetched(address: string): Promise<Response> {
  // The page's policy allows no fetch of data: addresses.
  if (address.startsWith("data:")) return new Response(decoded(address))
  const response = await fetch(address).catch((error) => {
    throw new Error(`${address}: the server does not answer (${error.message}); is \`npx cnn serve\` still running?`)
  })
  if (response.ok) return response
  throw new Error(`${address}: ${(await response.text()).trim() || response.statusText}`)
}

const decoded = (address: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(address.slice(address.indexOf(",") + 1)), (character) => character.charCodeAt(0))
