/**
 * A long bone as a solid of revolution with a bent axis. Lengths are in units of the image's width,
 * about 10 cm; `s` runs along the limb towards the hand, `t` across it. The ray passes at right
 * angles to both.
 */
import type { Random } from "../tensor/random.ts"
import { smoothstep, type Texture } from "./phantom_texture.ts"

/** Attenuation along one unit of length, less that of the soft tissue in its place. */
const CORTEX = 8
const SPONGY = 3.2
const MARROW = 1.4
const CAP = 0.035

export interface Bone {
  /** The axis: t = offset + tilt * s + bow * s^2. */
  offset: number
  tilt: number
  bow: number
  /**
   * Radius of the shaft, its growth a unit away from the end, and the widening at the end as a
   * share of it.
   */
  radius: number
  taper: number
  flare: number
  flareLength: number
  /** Where it ends, at the larger s; the other end is out of view. */
  end: number
  /** Wall of the shaft as a share of the radius. */
  cortex: number
  /** Distance of the growth plate from the end; null where it has closed. */
  physis: number | null
  /** Distances from the end of growth-arrest lines: dense, thin and straight across. */
  arrestLines: number[]
  /** Channel of the nutrient artery: a slanting dark line in one wall. */
  canal: { s: number; side: number; slope: number; width: number } | null
}

/**
 * A bone of this place and size. Canal and arrest lines come at random, in broken bones as often as
 * in whole ones.
 */
export function drawBone(
  random: Random,
  place: { offset: number; tilt: number; end: number; radius: number },
  young: boolean,
): Bone {
  const hasCanal = random.uniform() < 0.5
  const lines = random.uniform() < 0.3 ? 1 + random.integer(2) : 0
  const canal = {
    s: random.uniform(-0.3, 0.25),
    side: random.uniform() < 0.5 ? -1 : 1,
    slope: random.uniform(1.5, 3.5),
    width: random.uniform(0.006, 0.01),
  }
  return {
    ...place,
    bow: random.uniform(-0.12, 0.12),
    taper: random.uniform(-0.15, 0.35),
    flare: random.uniform(0.25, 0.65),
    flareLength: random.uniform(0.12, 0.2),
    cortex: random.uniform(0.28, 0.42),
    physis: young ? random.uniform(0.055, 0.085) : null,
    arrestLines: Array.from({ length: lines }, () => random.uniform(0.11, 0.2)),
    canal: hasCanal ? canal : null,
  }
}

/** The axis at s. */
export const axisAt = (bone: Bone, s: number): number => bone.offset + (bone.tilt + bone.bow * s) * s

/** Outer radius at s; 0 beyond the rounded end. */
export function radiusAt(bone: Bone, s: number): number {
  const x = bone.end - s
  if (x <= 0) return 0
  const widening = bone.flare * Math.exp(-((x / bone.flareLength) ** 2))
  const radius = bone.radius * (1 + bone.taper * x + widening)
  return x < CAP ? radius * (1 - (1 - x / CAP) ** 4) ** 0.25 : radius
}

/**
 * Attenuation (a line integral, no unit) of a ray at (s, t). Wall and core are chords of two nested
 * cylinders.
 */
export function boneAttenuation(bone: Bone, s: number, t: number, grain: Texture): number {
  const outer = radiusAt(bone, s)
  const d = t - axisAt(bone, s)
  if (Math.abs(d) >= outer) return 0
  const x = bone.end - s
  const shaft = smoothstep(0.05, 1.6 * bone.flareLength, x)
  const wall = bone.cortex * bone.radius * (0.25 + 0.75 * shaft)
  const inner = Math.max(0, radiusAt(bone, s + 0.8 * wall) - wall)
  const core = chord(inner, d)
  const trabeculae = 1 + (0.22 - 0.1 * shaft) * grain(s * 45, d * 80)
  const solid = CORTEX * (chord(outer, d) - core) + (SPONGY + (MARROW - SPONGY) * shaft) * core * trabeculae
  return solid * growthPlate(bone, x, d) * arrestLines(bone, x) * nutrientCanal(bone, s, d / outer)
}

const chord = (radius: number, d: number) => 2 * Math.sqrt(Math.max(0, radius * radius - d * d))

/**
 * Cartilage lets rays through; the bone beside it is a little denser (the zone of provisional
 * calcification).
 */
function growthPlate(bone: Bone, x: number, d: number): number {
  if (bone.physis === null || x > bone.physis + 0.05) return 1
  const wave = 0.006 * Math.sin(70 * d + bone.end * 50)
  const g = (x - bone.physis - wave) / 0.008
  return (1 - 0.45 * Math.exp(-(g ** 4))) * (1 + 0.25 * Math.exp(-((g - 2) ** 2)))
}

function arrestLines(bone: Bone, x: number): number {
  let factor = 1
  for (const line of bone.arrestLines) factor += 0.22 * Math.exp(-(((x - line) / 0.006) ** 2))
  return factor
}

function nutrientCanal(bone: Bone, s: number, q: number): number {
  if (!bone.canal) return 1
  const depth = 1 - q * bone.canal.side
  const line = bone.canal.s + bone.canal.slope * bone.radius * depth
  const inWall = 1 - smoothstep(0.35, 0.75, depth)
  return 1 - 0.35 * inWall * Math.exp(-(((s - line) / bone.canal.width) ** 2))
}
