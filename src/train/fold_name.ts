/**
 * Of a fold in files and lines: fold-0, and repeat-1-fold-0 in the repeats after the first
 * cross-validation.
 */
export const foldName = ({ repeat, fold }: { repeat: number; fold: number }): string =>
  repeat === 0 ? `fold-${fold}` : `repeat-${repeat}-fold-${fold}`

/** The same for people, with the value of the column that the fold tested: fold-0 (north). */
export const foldTitle = ({ value, ...place }: { repeat: number; fold: number; value?: string }): string =>
  value === undefined ? foldName(place) : `${foldName(place)} (${value})`
