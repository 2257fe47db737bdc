/**
 * The filters of the first convolution before and after training. The first ones are drawn again
 * from the seed.
 */
import sharp from "sharp"
import { Conv2d } from "../../layers/conv2d/conv2d.ts"
import type { Module } from "../../layers/module.ts"
import { fixed } from "../../text/table.ts"
import { repeatSeed } from "../../train/cross_validation.ts"
import { foldSeed } from "../../train/fold.ts"
import { foldName } from "../../train/fold_name.ts"
import type { FoldPlace } from "../../train/fold_state.ts"
import type { Weights } from "../../weights/weights.ts"
import { graysOf } from "../contact_sheet.ts"
import { type Html, html, type Section } from "../html.ts"
import type { RunFiles } from "../run_files.ts"
import { foldNetwork } from "../run_network.ts"

type Kept = Weights extends Map<string, infer Value> ? Value : never

/** Folds that are shown: those of the first cross-validation, and so many of them. */
const SHOWN = 10

/** null where the network has no convolution, and on a page without images. */
export async function filtersSection(run: RunFiles): Promise<Section | null> {
  if (run.config.hidden !== undefined) return null
  const places = run.summary.folds.filter(({ repeat }) => repeat === 0).slice(0, SHOWN)
  const shown: (Html | null)[] = []
  for (const place of places) shown.push(await foldFilters(run, place))
  if (shown.includes(null)) return null
  return {
    id: "filters",
    title: "First-layer filters",
    body: html`<p>Top: before training. Bottom: after. Gray is 0, white positive, black negative, on one scale per fold. Filters
that hardly changed have learned little.</p>
<div class="pictures filters">${shown}</div>`,
  }
}

async function foldFilters(run: RunFiles, place: { repeat: number; fold: number }): Promise<Html | null> {
  const { config } = run
  const { weights, network, isDefined } = foldNetwork(run, place)
  const name = network ? firstConvolution(network) : undefined
  const kept = name === undefined ? undefined : weights.get(name)
  if (name === undefined || !kept) return null
  const seed = foldSeed(repeatSeed(config.train.seed, place.repeat), place.fold)
  const after = kept.data
  if (config.init) return keptFilters(place, kept, `it began with those of ${config.init.path}`)
  if (!network || !isDefined) return keptFilters(place, kept, "before it, only the file that defines the network knows")
  const before = network.firstValues(name, seed)
  const change = Math.hypot(...after.map((value, i) => value - before[i])) / Math.hypot(...before)
  const most = Math.max(...[...before, ...after].map(Math.abs))
  const [first, last] = await Promise.all([before, after].map((values) => pictures(values, kept.shape, most)))
  const row = (images: string[], when: string) =>
    images.map((image, k) => html`<img src="${image}" alt="filter ${k} ${when} training">`)
  return html`<figure><div>${row(first, "before")}</div><div>${row(last, "after")}</div>
<figcaption><strong>${foldName(place)}</strong>, changed by ${fixed(change, 2)} of their length</figcaption></figure>\n`
}

/** Where the first values cannot be drawn again. */
async function keptFilters(place: FoldPlace, { data, shape }: Kept, before: string): Promise<Html> {
  const images = await pictures(data, shape, Math.max(...[...data].map(Math.abs)))
  const row = images.map((image, k) => html`<img src="${image}" alt="filter ${k} after training">`)
  return html`<figure><div>${row}</div><figcaption><strong>${foldName(place)}</strong>, after training; ${before}</figcaption></figure>\n`
}

function firstConvolution(network: Module): string | undefined {
  const found = [...network.modules()].find(([, module]) => module instanceof Conv2d)
  return found && `${found[0]}.weight`
}

/** A data URI a filter. Of several input channels the first is shown. */
function pictures(
  values: Float32Array,
  [count, channels, height, width]: readonly number[],
  most: number,
): Promise<string[]> {
  const raw = { width, height, channels: 1 as const }
  const grays = graysOf(values.map((value) => (most > 0 ? (value / most + 1) / 2 : 0.5)))
  return Promise.all(
    Array.from({ length: count }, async (_, filter) => {
      const at = filter * channels * height * width
      const image = sharp(grays.subarray(at, at + height * width), { raw }).toColourspace("b-w")
      return `data:image/png;base64,${(await image.png().toBuffer()).toString("base64")}`
    }),
  )
}
