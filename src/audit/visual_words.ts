/**
 * Which images may be copies of which, without comparing each with each: descriptors are sorted
 * into words by k-means, and images that share rare words come first. After Sivic and Zisserman,
 * "Video Google", ICCV 2003, with the two-level vocabulary of Nister and Stewenius, CVPR 2006.
 */
import { LENGTH } from "./descriptor.ts"
import type { Features } from "./features.ts"

/** Reads its features when it is asked for them. */
interface Described {
  readonly features: Features
}

/** Descriptors a word, on average. */
const PER_WORD = 25
/** Words of either level, at most. */
const BRANCHES = 64
/** From so many descriptors a branch the words are learnt. */
const LEARN = 60
const ROUNDS = 6
/** Words that a descriptor is looked up under, since a copy's may fall beside the border. */
const NEAR = 3

/** For each image the `most` others that share most with it, best first. */
export function candidates(images: readonly Described[], most: number): number[][] {
  const counts = images.map(({ features }) => features.n)
  const total = counts.reduce((sum, n) => sum + n, 0)
  if (total === 0) return images.map(() => [])
  const vocabulary = new Vocabulary(images, total)
  const words = images.map(({ features }) => vocabulary.wordsOf(features))
  const postings: number[][] = Array.from({ length: vocabulary.words }, () => [])
  for (const [image, own] of words.entries())
    for (let k = 0; k < own.length; k += NEAR) {
      const list = postings[own[k]]
      if (list[list.length - 1] !== image) list.push(image)
    }
  const weights = postings.map((list) => (list.length === 0 ? 0 : Math.log(1 + images.length / list.length) ** 2))
  const votes = new Votes(postings, weights)
  return words.map((own, image) => {
    const scores = votes.of(own, images.length)
    scores[image] = 0
    for (const [other, n] of counts.entries()) if (scores[other] > 0) scores[other] /= Math.sqrt(n)
    return highest(scores, most)
  })
}

class Votes {
  readonly #postings: number[][]
  readonly #weights: number[]

  /** @param postings images that have the word, ascending */
  constructor(postings: number[][], weights: number[]) {
    this.#postings = postings
    this.#weights = weights
  }

  /**
   * What each image shares with one that has these words, NEAR for each of its descriptors, which
   * counts once.
   */
  of(words: Uint32Array, images: number): Float32Array {
    const scores = new Float32Array(images)
    const last = new Int32Array(images).fill(-1)
    for (const [k, word] of words.entries()) {
      const descriptor = Math.floor(k / NEAR)
      for (const image of this.#postings[word]) {
        if (last[image] === descriptor) continue
        last[image] = descriptor
        scores[image] += this.#weights[word]
      }
    }
    return scores
  }
}

/** Places of the `most` highest scores above 0, highest first. */
function highest(scores: Float32Array, most: number): number[] {
  const best: number[] = []
  for (let i = 0; i < scores.length; i++) {
    if (scores[i] === 0 || (best.length === most && scores[i] <= scores[best[most - 1]])) continue
    const place = best.findIndex((other) => scores[other] < scores[i])
    best.splice(place < 0 ? best.length : place, 0, i)
    if (best.length > most) best.pop()
  }
  return best
}

class Vocabulary {
  readonly words: number
  readonly #branches: number
  /** [branches, LENGTH], and for each of them the same. */
  readonly #coarse: Float32Array
  readonly #fine: Float32Array[]

  constructor(images: readonly Described[], total: number) {
    this.#branches = Math.max(1, Math.min(BRANCHES, Math.round(Math.sqrt(total / PER_WORD))))
    this.words = this.#branches ** 2
    const stride = Math.max(1, Math.floor(total / (LEARN * this.words)))
    const sample = everyNth(images, stride)
    this.#coarse = kMeans(sample, this.#branches)
    const parts: number[][] = Array.from({ length: this.#branches }, () => [])
    for (let i = 0; i < sample.length; i += LENGTH) parts[closest(this.#coarse, sample, i)].push(i)
    this.#fine = parts.map((part) => {
      const members = new Float32Array(part.length * LENGTH)
      for (const [k, i] of part.entries()) members.set(sample.subarray(i, i + LENGTH), k * LENGTH)
      return kMeans(members, this.#branches)
    })
  }

  /**
   * NEAR words for each descriptor, the closest first: those of its two closest branches. If there
   * are fewer, the last one again.
   */
  wordsOf({ n, descriptors }: Features): Uint32Array {
    const out = new Uint32Array(n * NEAR)
    for (let k = 0; k < n; k++) {
      const words = this.#nearest(descriptors, k * LENGTH)
      for (let i = 0; i < NEAR; i++) out[k * NEAR + i] = words[Math.min(i, words.length - 1)]
    }
    return out
  }

  #nearest(descriptors: Float32Array, at: number): number[] {
    const found: { word: number; distance: number }[] = []
    for (const { index: branch } of closestFew(this.#coarse, descriptors, at, 2))
      for (const { index, distance } of closestFew(this.#fine[branch], descriptors, at, NEAR))
        found.push({ word: branch * this.#branches + index, distance })
    return found
      .sort((a, b) => a.distance - b.distance)
      .slice(0, NEAR)
      .map(({ word }) => word)
  }
}

function everyNth(images: readonly Described[], stride: number): Float32Array {
  const parts: Float32Array[] = []
  let k = 0
  for (const { features } of images) {
    const { n, descriptors } = features
    for (let i = 0; i < n; i++) if (k++ % stride === 0) parts.push(descriptors.slice(i * LENGTH, (i + 1) * LENGTH))
  }
  const out = new Float32Array(parts.length * LENGTH)
  for (const [i, part] of parts.entries()) out.set(part, i * LENGTH)
  return out
}

/**
 * Centres of `k` clusters, [k, LENGTH]; the first ones lie evenly over the points, so that a run
 * can be repeated.
 */
function kMeans(points: Float32Array, k: number): Float32Array {
  const n = points.length / LENGTH
  const centres = new Float32Array(k * LENGTH)
  for (let c = 0; c < k; c++) {
    const i = Math.floor((c * n) / k) * LENGTH
    centres.set(points.subarray(i, i + LENGTH), c * LENGTH)
  }
  const limit = Math.max(1, Math.floor(n / (k * LEARN)))
  for (let round = 0; round < ROUNDS && n > k; round++) {
    const sums = new Float64Array(k * LENGTH)
    const counts = new Uint32Array(k)
    for (let i = 0; i < n; i += limit) {
      const c = closest(centres, points, i * LENGTH)
      counts[c]++
      for (let d = 0; d < LENGTH; d++) sums[c * LENGTH + d] += points[i * LENGTH + d]
    }
    for (let c = 0; c < k; c++)
      if (counts[c] > 0) for (let d = 0; d < LENGTH; d++) centres[c * LENGTH + d] = sums[c * LENGTH + d] / counts[c]
  }
  return centres
}

function closest(centres: Float32Array, points: Float32Array, at: number): number {
  let best = 0
  let least = Infinity
  for (let c = 0; c * LENGTH < centres.length; c++) {
    const distance = distanceTo(centres, c * LENGTH, points, at, least)
    if (distance >= least) continue
    least = distance
    best = c
  }
  return best
}

function closestFew(centres: Float32Array, points: Float32Array, at: number, count: number) {
  const best: { index: number; distance: number }[] = []
  for (let c = 0; c * LENGTH < centres.length; c++) {
    const limit = best.length < count ? Infinity : best[best.length - 1].distance
    const distance = distanceTo(centres, c * LENGTH, points, at, limit)
    if (distance >= limit) continue
    const place = best.findIndex((other) => other.distance > distance)
    best.splice(place < 0 ? best.length : place, 0, { index: c, distance })
    if (best.length > count) best.pop()
  }
  return best
}

function distanceTo(centres: Float32Array, c: number, points: Float32Array, at: number, limit: number): number {
  let sum = 0
  for (let d = 0; d < LENGTH; ) {
    const end = Math.min(LENGTH, d + 17)
    for (; d < end; d++) sum += (centres[c + d] - points[at + d]) ** 2
    if (sum >= limit) return sum
  }
  return sum
}
