/** `--model`: the name of a built-in network, or the file that defines one. */
import type { Options } from "yargs"
import type { NetworkDefinition } from "../models/define_network.ts"
import { builtIn, networkNamed, networks, todaysName } from "../models/networks.ts"
import { loadNetworkFile, namesFile } from "../run/network_file.ts"
import { didYouMean } from "../text/nearest.ts"
import { once } from "./flag_text.ts"
import { UsageError } from "./usage_error.ts"

/** The names of the built-in networks, as a help text lists them. */
export const NAMES = Object.keys(networks)
  .join(", ")
  .replace(/, (\w+)$/, " or $1")

/**
 * @param options `value`: the default, for the help alone; `further`: other names that are taken
 */
export const modelFlag = (
  describe: string,
  { value, further = [] }: { value?: string; further?: readonly string[] } = {},
): Options => ({
  type: "string",
  requiresArg: true,
  describe,
  defaultDescription: value,
  coerce: (given: string | undefined) =>
    given === undefined ? undefined : modelName("--model", once("model")(given), further),
})

/** For commands on trained networks. */
export const ownModelFlag = modelFlag("the file that defines the run's network; needed only for custom layers")

/** A name as it is recorded, or a file's. @throws for a name that no network has */
export function modelName(flag: string, given: string, further: readonly string[]): string {
  if (namesFile(given) || builtIn(given) || further.includes(given)) return todaysName(given)
  const known = [...Object.keys(networks), ...further]
  throw new UsageError(
    `${flag} is "${given}"; expected ${known.join(", ")} or a file such as ./${given || "my_net"}.js.` +
      didYouMean(given, known),
  )
}

/** The network that `--model` names. @throws if a file cannot be loaded, or defines none */
export const openModel = async (model: string): Promise<NetworkDefinition> =>
  namesFile(model) ? loadNetworkFile(model) : networkNamed(model)

/** The same if the flag was given. */
export const openGivenModel = async (model: string | undefined): Promise<NetworkDefinition | undefined> =>
  model === undefined ? undefined : openModel(model)
