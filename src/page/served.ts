/** What the server has of a run; nothing where the page stands on its own, which then asks for nothing. */
import type { RunMessage } from "../serve/run_message.ts"
import type { WeightsBytes } from "./ensemble.ts"

/** @throws where the server does not answer */
export async function servedRun(): Promise<RunMessage | null> {
  const address = document.querySelector<HTMLMetaElement>('meta[name="run"]')?.content
  return address ? (await fetched(address)).json() : null
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
