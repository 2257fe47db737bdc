/** Gray of a colour, as libvips has it: the luminance of sRGB's primaries, IEC 61966-2-1, in sRGB's own steps of gray. */

/** Light, 0..1, of each step 0..255. */
const LIGHT = Float64Array.from({ length: 256 }, (_, step) => {
  const v = step / 255
  return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4
})

const stepOf = (light: number): number =>
  Math.round(255 * (light <= 0.0031308 ? 12.92 * light : 1.055 * light ** (1 / 2.4) - 0.055))

/** Of red, green and blue 0..255 the gray value 0..255. */
export function luminance(red: number, green: number, blue: number): number {
  if (red === green && green === blue) return red
  return stepOf(0.2126 * LIGHT[red] + 0.7152 * LIGHT[green] + 0.0722 * LIGHT[blue])
}
