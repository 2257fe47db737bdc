/**
 * A forearm: two long bones, the small bones beyond them, soft tissue around. Units as in
 * phantom_bone.ts.
 */
import type { Random } from "../tensor/random.ts"
import { type Bone, drawBone } from "./phantom_bone.ts"
import type { Texture } from "./phantom_texture.ts"

/** Attenuation of soft tissue along one unit of length. */
const SOFT = 3

/** A small bone: an ellipsoid with a dense rim. */
interface Oval {
  s: number
  t: number
  length: number
  width: number
}

/** A fold of skin or dressing: a faint band right across the limb, so no bone's own. */
interface Fold {
  s: number
  slope: number
  width: number
  depth: number
}

export interface Limb {
  bones: Bone[]
  ovals: Oval[]
  folds: Fold[]
  /** Half the limb's width at s = 0 and its growth a unit. */
  halfWidth: number
  taper: number
}

export function drawLimb(random: Random): Limb {
  const young = random.uniform() < 0.55
  const end = random.uniform(0.24, 1.0)
  const radius = random.uniform(0.085, 0.11)
  const second = radius * random.uniform(0.8, 1)
  const side = random.uniform() < 0.5 ? -1 : 1
  const crossing = random.uniform() < 0.3
  const gap = crossing ? random.uniform(-0.06, 0.02) : random.uniform(0.03, 0.07)
  const tilt = crossing ? random.uniform(0.12, 0.28) * (random.uniform() < 0.5 ? -1 : 1) : random.uniform(-0.06, 0.06)
  const apart = radius + second + gap
  const bones = [
    drawBone(random, { offset: (-side * apart) / 2, tilt: -tilt / 2, end, radius }, young),
    drawBone(
      random,
      { offset: (side * apart) / 2, tilt: tilt / 2, end: end - random.uniform(-0.02, 0.07), radius: second },
      young,
    ),
  ]
  return {
    bones,
    ovals: drawOvals(random, end, 0.5 * apart + radius),
    folds: random.uniform() < 0.4 ? [drawFold(random)] : [],
    halfWidth: apart / 2 + radius + random.uniform(0.04, 0.12),
    taper: random.uniform(-0.15, 0.05),
  }
}

/** Two loose rows of wrist bones beyond the end of the long ones. */
function drawOvals(random: Random, end: number, reach: number): Oval[] {
  const ovals: Oval[] = []
  for (let row = 0; row < 3; row++) {
    for (let column = 0; column < 3; column++) {
      ovals.push({
        s: end + 0.07 + row * 0.1 + random.uniform(-0.02, 0.02),
        t: (column - 1) * 0.62 * reach + random.uniform(-0.03, 0.03),
        length: random.uniform(0.048, 0.066),
        width: 0.34 * reach * random.uniform(0.8, 1.2),
      })
    }
  }
  return ovals
}

const drawFold = (random: Random): Fold => ({
  s: random.uniform(-0.4, 0.4),
  slope: random.uniform(-0.5, 0.5),
  width: random.uniform(0.008, 0.02),
  depth: random.uniform(-0.12, 0.12),
})

/**
 * Attenuation of the soft tissue, an elliptic cylinder as thick as half its width, with streaks of
 * muscle and fat.
 */
export function softAttenuation(limb: Limb, s: number, t: number, muscle: Texture): number {
  const half = limb.halfWidth + limb.taper * s + 0.02 * muscle(s * 2.5, t > 0 ? 7.5 : 3.5)
  const inside = 1 - Math.abs(t / half) ** 2.6
  if (inside <= 0) return 0
  const folds = limb.folds.reduce((sum, f) => sum + f.depth * Math.exp(-(((s - f.s - f.slope * t) / f.width) ** 2)), 0)
  const thickness = half * Math.sqrt(inside)
  return thickness * SOFT * (1 + 0.1 * muscle(s * 5, t * 14)) + folds * Math.sqrt(inside)
}

/** Attenuation of the small bones. */
export function ovalAttenuation(limb: Limb, s: number, t: number, grain: Texture): number {
  let sum = 0
  for (const oval of limb.ovals) {
    const square = ((s - oval.s) / oval.length) ** 2 + ((t - oval.t) / oval.width) ** 2
    if (square >= 1) continue
    const rim = Math.sqrt(1 - square) - 0.8 * Math.sqrt(Math.max(0, 1 - square / 0.72))
    sum += oval.length * (2 * 3.2 * Math.sqrt(1 - square) * (1 + 0.2 * grain(s * 45, t * 80)) + 14 * rim)
  }
  return sum
}
