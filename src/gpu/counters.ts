/**
 * How many of each were made since the device was opened; a steady step adds dispatches, submits
 * and replays only.
 */
export interface Counters {
  dispatches: number
  submits: number
  replays: number
  bindGroups: number
  pipelines: number
  uniforms: number
  readbacks: number
  stagings: number
  recordings: number
}

export const newCounters = (): Counters => ({
  ...{ dispatches: 0, submits: 0, replays: 0 },
  ...{ bindGroups: 0, pipelines: 0, uniforms: 0, readbacks: 0, stagings: 0, recordings: 0 },
})
