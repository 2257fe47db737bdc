/** Films that are the other way round than most: black bones on white. */
import type { Look } from "./look.ts"

/**
 * Gray values of the border, of 255. Of 187 wrist films and 2,984 of FracAtlas one is brighter than
 * 156, and framed in white.
 */
const DARK = 110
const BRIGHT = 150

/** Mean gray values of an upright film are below, also where a white frame brightens its border. */
const LIGHT = 128

/** With fewer images there is no "most". */
const LEAST = 4

/**
 * The files whose border is bright where most others' is dark, or the reverse: beside the limb a
 * film is black, and white if it was inverted.
 */
export function invertedFilms(files: readonly string[], looks: readonly Look[]): string[] {
  if (files.length < LEAST) return []
  const which = (is: (look: Look) => boolean) => files.filter((_, i) => is(looks[i]))
  const dark = which(({ border }) => border <= DARK)
  const bright = which(({ border, mean }) => border >= BRIGHT && mean >= LIGHT)
  return dark.length >= bright.length ? bright : dark
}
