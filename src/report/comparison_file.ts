/** comparison.json, for the report of a run. */
import { existsSync, statSync } from "node:fs"
import path from "node:path"
import { CLAIMS } from "../compare/comparison.ts"
import { readJson } from "../files/read_json.ts"
import { checked, flag, type InferOutput, keyed, list, nullable, number, object, oneOf, optional, pair, text } from "../files/schema.ts" // biome-ignore format: a list
import type { RunConfig } from "../run/run_config.ts"

const measured = { value: nullable(number), interval: nullable(pair), why: optional(text) }
const row = object({
  ...{ id: text, title: text, kind: oneOf(["cnn", "traditional"]), meanFoldAuc: nullable(number), seconds: number },
  ...keyed(["auc", "accuracy", "balancedAccuracy"], object(measured)).entries,
})
const claim = object({
  ...{ claim: oneOf(CLAIMS), subject: text, better: list(text), worse: list(text), open: list(text), holds: flag },
})

/** What the report shows of a comparison. */
const comparisonSchema = checked(
  object({
    ...{ complete: flag, contenders: list(row), claims: list(claim) },
    differences: list(object({ ...measured, a: text, b: text, better: nullable(text) })),
    config: object({ command: list(text), data: object({ hash: text }) }),
  }),
  ({ contenders, differences, claims }) => {
    const known = new Set(contenders.map(({ id }) => id))
    const pairs = new Set(differences.flatMap(({ a, b }) => [`${a} ${b}`, `${b} ${a}`]))
    const named = claims.flatMap(({ subject, better, worse, open }) => [subject, ...better, ...worse, ...open])
    const compared = claims.flatMap(({ subject, better, worse, open }) =>
      [...better, ...worse, ...open].map((other) => `${subject} ${other}`),
    )
    const all = [...named, ...differences.flatMap(({ a, b }) => [a, b])]
    return all.every((id) => known.has(id)) && compared.every((one) => pairs.has(one))
  },
  "claims and differences between its contenders",
)

export type ShownComparison = InferOutput<typeof comparisonSchema>

/**
 * @param source the file, or the folder that it lies in
 * @param run whose images it must be of
 * @returns null where there is none
 * @throws when it is something else, or a comparison on other images
 */
export function readComparison(source: string, run: Pick<RunConfig, "data">): ShownComparison | null {
  if (!existsSync(source)) return null
  const file = statSync(source).isDirectory() ? path.join(source, "comparison.json") : source
  if (!existsSync(file)) return null
  const found = readJson(file, comparisonSchema, "what cnn compare writes")
  if (found.config.data.hash === run.data.hash) return found
  throw new Error(
    `${file}: a comparison on other images than the run's; expected one on the same, in the same groups and of the same size. ` +
      "Name another, or move it away.",
  )
}
