/** The built-in networks by name. To add one: a file beside this one, and a line here. */
import type { NetworkDefinition } from "./define_network.ts"
import { mobilenet_v2 } from "./mobilenet_v2.ts"
import { reference } from "./reference.ts"
import { resnet18 } from "./resnet18.ts"
import { small } from "./small.ts"

export const networks: Record<string, NetworkDefinition> = { small, reference, resnet18, mobilenet_v2 }

/** Names of earlier versions. "seed" was confused with the random seed of --seed. */
const ALIASES: Record<string, string> = { seed: "reference" }

/** A network's name as it is recorded today. */
export const todaysName = (name: string): string => (Object.hasOwn(ALIASES, name) ? ALIASES[name] : name)

/** A built-in network; undefined if there is none of that name. */
export function builtIn(name: string): NetworkDefinition | undefined {
  const today = todaysName(name)
  return Object.hasOwn(networks, today) ? networks[today] : undefined
}

/** @throws if there is no such network, naming those that there are */
export function networkNamed(name: string): NetworkDefinition {
  const found = builtIn(name)
  if (found) return found
  throw new Error(`there is no network "${name}"; there are ${Object.keys(networks).join(", ")}`)
}
