import type { CommandModule } from "yargs"
import { openDevice } from "../gpu/device.ts"
import { type Consts, declaredConsts, setConsts } from "../gpu/kernel.ts"
import { shader, shaderNames } from "../gpu/shader_files.ts"
import { unroll } from "../gpu/unroll.ts"
import { MAX_SIZE } from "../models/define_network.ts"
import { didYouMean } from "../text/nearest.ts"
import { defaultConfig } from "../train/defaults.ts"
import { numberFlag } from "./flag_number.ts"
import { type AdapterArguments, adapterFlags } from "./flags_adapter.ts"
import { namedNetwork, namedNetworkFlag } from "./named_network.ts"
import { usesOf } from "./shaders_used.ts"
import { usedText } from "./shaders_used_text.ts"
import { asUsage, UsageError } from "./usage_error.ts"

interface Options extends Partial<AdapterArguments> {
  name?: string
  unrolled: boolean
  set: string[]
  used: boolean
  model?: string
  size?: number
  batch?: number
}

const whole = (name: string, describe: string, value: number | string, min: number, max: number) =>
  numberFlag(name, { describe, default: value, integer: true, min, max })

/** What `--used` takes, and nothing else does. */
const USED = {
  model: namedNetworkFlag("with --used: the network"),
  size: whole("size", "with --used: width and height of the images, in pixels", "the network's", 8, MAX_SIZE),
  batch: whole("batch", "with --used: images per step", defaultConfig.batch, 1, 65535),
  adapter: { ...adapterFlags.adapter, describe: `with --used: ${adapterFlags.adapter.describe}` },
}

/**
 * `npx cnn shaders`: the kernels there are, or one of them, as its file has it or as it is
 * compiled; these need no adapter. With --used those that a training step uses on an adapter, and
 * why.
 */
export const command: CommandModule<object, Options> = {
  command: "shaders [name]",
  builder: (yargs) =>
    yargs
      .positional("name", { type: "string", describe: "name of a kernel; default: list all" })
      .option("unrolled", {
        type: "boolean",
        default: false,
        describe: "write out the loops marked `// unroll`, as compiled for software adapters",
      })
      .option("set", {
        type: "string",
        array: true,
        default: [],
        defaultDescription: "as in the file",
        describe: "values of its const lines: --set TI=2 TJ=4",
      })
      .option("used", {
        type: "boolean",
        default: false,
        describe: "list the kernels of a training step in order, and why each was chosen",
      })
      .options(USED)
      .check((given) => checkUsed(given as unknown as Options)) as never,
  async handler({ name, unrolled, set, used, ...step }) {
    if (used) {
      console.log(await usedOn(step))
      return
    }
    if (name === undefined) {
      const names = shaderNames()
      const longest = Math.max(...names.map(({ length }) => length))
      for (const each of names) console.log(`${each.padEnd(longest)}  ${firstLine(shader(each))}`)
      return
    }
    refuseUnknown(name)
    const text = shader(name)
    const code = asUsage(() => setConsts(name, text, parsed(name, text, set)))
    process.stdout.write(unrolled ? unroll(name, code) : code)
  },
}

/** @throws for what does not go together */
function checkUsed({ name, unrolled, set, used, ...given }: Options): true {
  const alone = Object.keys(USED).find((flag) => given[flag as keyof typeof given] !== undefined)
  if (!used && alone) throw new UsageError(`--${alone} goes with --used only`)
  const other = name ?? (unrolled ? "--unrolled" : set.length > 0 ? "--set" : undefined)
  if (used && other) throw new UsageError(`--used lists the kernels of a step; leave out ${other}`)
  return true
}

async function usedOn({
  model = defaultConfig.model,
  batch = defaultConfig.batch,
  adapter,
  ...given
}: Partial<Options>) {
  const { network, size } = await namedNetwork(model, given.size)
  const open = await openDevice({ adapter })
  try {
    return usedText(usesOf(open, network, size, batch), { name: model, size, batch }, open.info)
  } finally {
    open.release()
  }
}

function refuseUnknown(name: string): void {
  const names = shaderNames()
  if (names.includes(name)) return
  throw new UsageError(`No shader is called "${name}".${didYouMean(name, names)} To list all: npx cnn shaders`)
}

const firstLine = (code: string): string =>
  code
    .slice(0, code.indexOf("\n"))
    .replace(/^\/\/ /, "")
    .replace(/ {2,}/g, "  ")

/** @throws for what is no NAME=value of the kernel's consts */
function parsed(name: string, code: string, set: string[]): Consts {
  const types = declaredConsts(code)
  return Object.fromEntries(
    set.map((text) => {
      const [, key, value] = /^(\w+)=([\w.]+)$/.exec(text) ?? []
      const right = types[key] === "bool" ? /^(true|false)$/ : types[key] === "f32" ? /^\d+(\.\d+)?$/ : /^\d+$/
      if (key === undefined || (types[key] && !right.test(value))) {
        const known = Object.entries(types).map(([known, type]) => `${known} (${type})`)
        throw new UsageError(
          `--set ${text}: expected NAME=value, where ${name}.wgsl has ${known.join(", ") || "no consts"}`,
        )
      }
      return [key, types[key] === "bool" ? value === "true" : Number(value)]
    }),
  )
}
