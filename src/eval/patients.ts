/** One prediction per patient, from those of the patient's images. */
import type { Answered } from "./evaluation.ts"
import { mean } from "./mean.ts"

export interface Patients {
  /** As of one image each, which `evaluate` takes; in the order in which groups first occur. */
  set: Answered[]
  /** Groups with images of several classes, left out if there are more than two classes. */
  mixed: string[]
}

/**
 * The mean of the calibrated probabilities over each group's images. Of two classes, a patient is
 * positive if any image is, as a fracture is found in one view of several; the threshold is the
 * mean of the networks' thresholds, on the calibrated scale. With more classes there is no such
 * rule, so patients whose images are of several are left out.
 *
 * @param set out-of-fold predictions of one cross-validation
 */
export function patients(set: readonly Answered[]): Patients {
  const members = new Map<string, Answered[]>()
  for (const item of set) {
    const others = members.get(item.group)
    if (others) others.push(item)
    else members.set(item.group, [item])
  }
  const many = (set[0]?.calibrated.length ?? 0) > 2
  const mixed = [...members].filter(([, items]) => many && items.some(({ label }) => label !== items[0].label))
  const leftOut = new Set(mixed.map(([group]) => group))
  const kept = [...members].filter(([group]) => !leftOut.has(group))
  return { set: kept.map(([group, items]) => patient(group, items)), mixed: [...leftOut] }
}

function patient(group: string, items: readonly Answered[]): Answered {
  const calibrated = items[0].calibrated.map((_, k) => mean(items.map((item) => item.calibrated[k]))!)
  // Both probabilities, since one alone rounds to 1.
  const logs = calibrated.map(Math.log)
  return {
    group,
    label: Math.max(...items.map(({ label }) => label)),
    logits: logs.length === 2 ? [logs[1] - logs[0]] : logs,
    probabilities: calibrated,
    calibrated,
    temperature: 1,
    threshold: {
      logit: mean(items.map(({ threshold, temperature }) => threshold.scaled ?? threshold.logit / temperature))!,
    },
  }
}
