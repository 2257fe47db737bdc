/** Of the images that `cnn predict` was given. */
export interface EpochTotals {
  /** Could not be used. */
  failed: number
  /** Have the same content as a file that the run was made of. */
  ofRun: number
}
