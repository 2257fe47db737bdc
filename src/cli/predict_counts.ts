/** Counts of the images that `cnn predict` was given. */
export interface PredictCounts {
  /** Could not be used. */
  failed: number
  /** Have the same content as a file that the run was made of. */
  ofRun: number
}
