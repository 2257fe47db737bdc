/**
 * What the server has of a run; nothing where the page stands on its own, which then asks for
 * nothing.
 */
import { problemOf } from "../files/schema.ts"
import { type RunMessage, runMessageSchema } from "../serve/run_message.ts"
import type { WeightsBytes } from "./ensemble.ts"

/** @throws where the server does not answer, or with something else */
export async function servedRun(): Promise<RunMessage | null> {
  const address = document.querySelector<HTMLMetaElement>('meta[name="run"]')?.content
  if (!address) return null
  const message = await (await fetched(address)).json()
  const problem = problemOf(runMessageSchema, message)
  if (problem === undefined) return message as RunMessage
  throw new Error(`${address}: ${problem}. Is the page of another version than the server? Load it again`)
}

export const servedWeights = (addresses: readonly string[]): Promise<WeightsBytes[]> =>
  Promise.all(
    addresses.map(async (name) => ({ name, bytes: new Uint8Array(await (await fetched(name)).arrayBuffer()) })),
  )

export const servedImage = async (address: string): Promise<Blob> => (await fetched(address)).blob()

async function fetched(address: string): Promise<Response> {
  const response = await fetch(address).catch((error) => {
    throw new Error(`${address}: the server does not answer (${error.message}); is \`npx cnn serve\` still running?`)
  })
  if (response.ok) return response
  throw new Error(`${address}: ${(await response.text()).trim() || response.statusText}`)
}
