/** Of a fold in files and lines: fold-0, and repeat-1-fold-0 in the repeats after the first cross-validation. */
export const foldName = ({ repeat, fold }: { repeat: number; fold: number }): string =>
  repeat === 0 ? `fold-${fold}` : `repeat-${repeat}-fold-${fold}`
