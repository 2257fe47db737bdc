/** What `npm run bench:peers -- ...` takes. */
import yargs from "yargs"
import { refNetM, refNetS } from "../../dist/bench/refnet.js"
import { numberFlag } from "../../dist/src/cli/flag_number.js"
import { choiceFlag, textFlag } from "../../dist/src/cli/flag_text.js"
import { adapterFlags } from "../../dist/src/cli/flags_adapter.js"

const NETS = { S: refNetS, M: refNetM }
const PEERS = ["ours", "jax", "tfjs"]

export class UsageError extends Error {}

/** @throws UsageError, or ends the process where help was asked for */
export async function readOptions(args) {
  const { net, peers = PEERS.join(), steps = 5, budget = 120, ...rest } = await parser(args).parseAsync()
  const { adapter, exact, patient, json } = rest
  const nets = net ? [NETS[net]] : Object.values(NETS)
  return { nets, peers: peerNames(peers), steps, budget, adapter, exact, patient, json }
}

const parser = (args) =>
  yargs(args)
    .scriptName("npm run bench:peers --")
    .usage("$0 [options]\n\ntrain the reference networks here, in jax-js and in TensorFlow.js, in turns on one adapter")
    .locale("en")
    .version(false)
    .strict()
    .demandCommand(0, 0, "", "It takes options only.")
    .wrap(100)
    .options({
      net: choiceFlag("net", "RefNet-S or RefNet-M", Object.keys(NETS), "both"),
      peers: textFlag("peers", "who takes part, commas between", PEERS.join()),
      steps: numberFlag("steps", { describe: "timed turns after the first step", default: 5, integer: true, min: 1 }),
      budget: numberFlag("budget", { describe: "seconds a peer may compute on a network", default: 120, above: 0 }),
      patient: {
        type: "boolean",
        default: false,
        describe: "have the peers wait for the adapter as we do, without polling",
      },
      ...adapterFlags,
      json: { type: "boolean", default: false, describe: "print one JSON object" },
    })
    .fail((message, error) => {
      throw new UsageError(message || error.message)
    })

function peerNames(text) {
  const names = text.split(",")
  const unknown = names.filter((name) => !PEERS.includes(name))
  if (unknown.length) throw new UsageError(`--peers has "${unknown.join()}"; there are ${PEERS.join(", ")}`)
  if (new Set(names).size < names.length) throw new UsageError(`--peers names one twice: ${text}`)
  return names
}
