/** A few of a run's images to begin with. */
import type { Predictions, TestedImage } from "../serve/run_message.ts"

const COUNT = 10

/** Evenly spread over each class, the classes in turns; none on a page without images. */
export function samples({ images, classes }: Predictions): TestedImage[] {
  const shown = images.filter(({ pixels, repeat }) => pixels !== undefined && repeat === images[0].repeat)
  const each = Math.ceil(COUNT / classes.length)
  const perClass = classes.map((_, label) => {
    const own = shown.filter((image) => image.label === label)
    const step = Math.max(1, own.length / each)
    return Array.from({ length: Math.min(each, own.length) }, (_, k) => own[Math.floor(k * step)])
  })
  return Array.from({ length: each }, (_, k) => perClass.flatMap((own) => own.slice(k, k + 1)))
    .flat()
    .slice(0, COUNT)
}
