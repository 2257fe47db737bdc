/**
 * The images that were answered wrongly with the most confidence, each with what spoke for the
 * class.
 */
import sharp, { type Sharp } from "sharp"
import { defaultMethod } from "../../explain/explainer.ts"
import { overlay } from "../../explain/heatmap.ts"
import { RunExplainer } from "../../explain/run_explainer.ts"
import { runImages } from "../../explain/run_images.ts"
import type { RunImage } from "../../run/read_run.ts"
import type { TensorGpu } from "../../tensor/tensor_gpu.ts"
import { percent, whole } from "../../text/table.ts"
import { foldName } from "../../train/fold_name.ts"
import { type Html, html, type Section } from "../html.ts"
import type { RunFiles } from "../run_files.ts"

const SHOWN = 12
/** Pixels that a picture is wide. */
const WIDTH = 400

interface Pictures {
  original: string
  /** null without an adapter. */
  heat: string | null
}

/**
 * @param gpu what heatmaps are made on; without it, or where they cannot be made, they are left out
 * with a word
 */
export async function errorsSection(run: RunFiles, gpu: TensorGpu | Error): Promise<Section & Typical> {
  const { images, classes, config } = run
  const wrong = images.filter(({ label, chosen }) => label !== chosen)
  const shown = wrong.toSorted((a, b) => confidence(b) - confidence(a) || a.file.localeCompare(b.file)).slice(0, SHOWN)
  const typical = typicalImages(run)
  const explained = classes.length === 2 ? `what spoke for “${classes[1]}”` : "what spoke for the answer"
  const { pictures, why } =
    config.hidden === undefined
      ? await picturesOf(run, [...new Set([...typical.map(({ image }) => image), ...shown])], gpu)
      : { pictures: new Map(), why: undefined }
  const figures = shown.map((image) => {
    const { label, chosen } = image
    return html`<figure>${pair(image, pictures.get(image))}<figcaption><strong>True: ${classes[label]}. Predicted: ${classes[chosen]} (${percent(confidence(image))})</strong><br>
${image.file}${image.group !== image.file && html`, group ${image.group}`}, ${foldName(image)}</figcaption></figure>\n`
  })
  const count = `${whole(wrong.length)} of ${whole(images.length)} answers are wrong at ${classes.length === 2 ? "the folds’ own thresholds" : "the most probable class"}`
  const how = `On the right ${explained}, by ${defaultMethod}: the brighter, the more. The network is that of the fold, which has not seen the image.`
  return {
    id: "errors",
    title: "The most confident errors",
    body: html`<p>${count}${wrong.length > SHOWN && `; these ${SHOWN} were the most confident`}. Probabilities are calibrated. ${pictures.size > 0 && !why && how}</p>
${why && html`<p class="soft">${why}</p>`}<div class="pictures">${figures}</div>
${pictures.size > 0 && html`<p class="soft">This page holds these images: pass it on only where you may pass on them.</p>`}`,
    films: pictures.size,
    typical:
      pictures.size > 0 &&
      html`<div class="pictures typical">${typical.map(
        ({
          name,
          image,
        }) => html`<figure>${pair(image, pictures.get(image))}<figcaption><strong>${name}</strong>: ${classes[image.label]}, predicted ${classes[image.chosen]} (${percent(confidence(image))})</figcaption></figure>
`,
      )}</div>`,
  }
}

interface Typical {
  /** Images of the data set that the page shows. */
  films: number
  /** A few images for the top of the page; false if there are no pictures. */
  typical: Html | false
}

/** Of each outcome the image with the median confidence. */
function typicalImages({ images, classes }: RunFiles): { name: string; image: RunImage }[] {
  const right = images.filter(({ label, chosen }) => label === chosen)
  const wrong = images.filter(({ label, chosen }) => label !== chosen)
  const outcomes: [string, RunImage[]][] =
    classes.length === 2
      ? [
          ["Typical hit", right.filter(({ label }) => label === 1)],
          ["Typical true negative", right.filter(({ label }) => label === 0)],
          ["Typical error", wrong],
        ]
      : [["Typical right answer", right], ["Typical error", wrong]] // biome-ignore format: pairs
  return outcomes.flatMap(([name, some]) => {
    const sorted = some.toSorted((a, b) => confidence(a) - confidence(b))
    return some.length > 0 ? [{ name, image: sorted[sorted.length >> 1] }] : []
  })
}

/** As the page orders them: the calibrated probability of what was answered. */
const confidence = ({ calibrated, chosen }: RunImage): number => calibrated[chosen]

function pair(image: RunImage, pictures: Pictures | undefined): Html | false {
  if (!pictures) return false
  const { original, heat } = pictures
  const size = html`width="${WIDTH}" height="${WIDTH}"`
  return html`<div class="pair"><img src="${original}" ${size} alt="${image.file}">${heat && html`<img src="${heat}" ${size} alt="${image.file} with its heatmap">`}</div>`
}

async function picturesOf(run: RunFiles, shown: readonly RunImage[], gpu: TensorGpu | Error) {
  const pictures = new Map<RunImage, Pictures>()
  let why: string | undefined
  if (shown.length === 0) return { pictures, why }
  try {
    if (gpu instanceof Error) throw gpu
    const explainer = RunExplainer.open(gpu, run.folder, run.config.network && run.network)
    for await (const { image, pixels, map } of explainer.explain(
      shown.map((image) => explainer.find(image.file, image.repeat)!),
    )) {
      const { size } = explainer
      const own = shown.find(({ file, repeat }) => file === image.file && repeat === image.repeat)!
      pictures.set(own, {
        original: await plain(pixels, size),
        heat: await webp(await overlay(pixels, map, size, { side: WIDTH })),
      })
    }
  } catch (error) {
    why = `There are no heatmaps: ${(error as Error).message}`
    const source = runImages(run)
    for (const image of shown) {
      if (pictures.has(image)) continue
      const pixels = await source.pixels(image).catch(() => null)
      if (pixels) pictures.set(image, { original: await plain(pixels, run.config.size), heat: null })
    }
  }
  return { pictures, why }
}

/** An image as a data URI, enlarged. */
export const plain = async (pixels: Uint8Array, size: number): Promise<string> =>
  webp(sharp(pixels, { raw: { width: size, height: size, channels: 1 } }).resize(WIDTH, WIDTH, { kernel: "cubic" }))

/** A data URI. */
async function webp(image: Sharp): Promise<string> {
  const small = await image.webp({ quality: 75, effort: 2 }).toBuffer()
  return `data:image/webp;base64,${small.toString("base64")}`
}
