/**
 * Gray of a colour: the luminance of sRGB's primaries, IEC 61966-2-1, in sRGB's own steps of gray.
 * As libvips computes it, in single precision and by a table of whole steps, between which it goes
 * straight: that is up to a step off, and what networks were trained on.
 */

const { fround } = Math

/** Light, 0..1, of each step 0..255. */
const LIGHT = Float32Array.from({ length: 256 }, (_, step) => {
  const v = step / 255
  return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4
})

/** The step of each 255th of full light, and once more the last. */
const STEPS = Uint8Array.from({ length: 257 }, (_, i) => {
  const light = Math.min(1, i / 255)
  return Math.round(255 * (light <= 0.0031308 ? 12.92 * light : 1.055 * light ** (1 / 2.4) - 0.055))
})

/** Of red, green and blue 0..255 the gray value 0..255. */
export function luminance(red: number, green: number, blue: number): number {
  const sum = fround(fround(fround(0.2126) * LIGHT[red]) + fround(fround(0.7152) * LIGHT[green]))
  const light = fround(fround(sum + fround(fround(0.0722) * LIGHT[blue])) * 255)
  const below = Math.floor(light)
  return Math.round(STEPS[below] + (STEPS[below + 1] - STEPS[below]) * (light - below))
}
