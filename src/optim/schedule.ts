/**
 * Learning-rate schedules as pure functions: the learning rate of update `step`, counted from 0.
 * Formulas are PyTorch's, https://pytorch.org/docs/stable/optim.html#how-to-adjust-learning-rate
 */
export type Schedule = (step: number) => number

export const constant =
  (lr: number): Schedule =>
  () =>
    lr

/** lr * gamma^floor(step / every), as StepLR. */
export const stepDecay =
  (lr: number, { every, gamma = 0.1 }: { every: number; gamma?: number }): Schedule =>
  (step) =>
    lr * gamma ** Math.floor(step / every)

/** Half a cosine from lr to `min` over `total` updates, as CosineAnnealingLR; `min` afterwards. */
export const cosine =
  (lr: number, { total, min = 0 }: { total: number; min?: number }): Schedule =>
  (step) =>
    min + ((lr - min) * (1 + Math.cos((Math.PI * Math.min(step, total)) / total))) / 2

/**
 * Up from max / divFactor to max in the first `pctStart` of `total` updates, down to the start /
 * finalDivFactor in the rest, both along cosines, as OneCycleLR; L. N. Smith and N. Topin, 2017,
 * https://arxiv.org/abs/1708.07120
 */
export function oneCycle(
  max: number,
  {
    total,
    pctStart = 0.3,
    divFactor = 25,
    finalDivFactor = 1e4,
  }: { total: number; pctStart?: number; divFactor?: number; finalDivFactor?: number },
): Schedule {
  const start = max / divFactor
  const end = start / finalDivFactor
  const peak = pctStart * total - 1
  const last = total - 1
  const anneal = (from: number, to: number, part: number) => to + ((from - to) / 2) * (1 + Math.cos(Math.PI * part))
  return (step) => {
    if (step >= last) return end
    if (step < peak) return anneal(start, max, step / peak)
    return anneal(max, end, (step - peak) / (last - peak))
  }
}

/**
 * Another schedule, its first `steps` updates scaled up linearly from `startFactor` to 1, as
 * LinearLR.
 */
export const warmUp =
  (schedule: Schedule, { steps, startFactor = 1 / 3 }: { steps: number; startFactor?: number }): Schedule =>
  (step) =>
    schedule(step) * (step < steps ? startFactor + ((1 - startFactor) * step) / steps : 1)
