/** The comparison as a table for people. */

/** Of the machine and the run: what every figure below needs beside it. */
export function headOf({ date, node, webgpu, cores, load, versions, waiting }) {
  const peers = Object.entries(versions).map(([name, version]) => `${name} ${version}`)
  return [
    `${date}, ${cores} cores, load ${load.toFixed(1)} before; Node ${node}, webgpu ${webgpu}`,
    `${peers.join(", ")}; ${waiting}`,
  ].join("\n")
}

export function textOf({ net, flops, source, adapter, flags, reference, peers, steps }) {
  const lines = [
    "",
    `${net}: ${(flops / 1e9).toFixed(2)} GFLOP a step; weights and batch are ${source}`,
    `${adapter.name}, ${adapter.backend}, for all alike; ${flags.length ? flags.join(" ") : "Dawn's own switches"}`,
    row([
      "",
      "first step",
      "ms a step",
      "fastest-slowest",
      "turns",
      "dispatches",
      "GFLOP/s",
      "times ours",
      "loss off by",
    ]),
    ...peers.map(peerRow),
  ]
  for (const { name, first, turns } of peers) {
    if (first === undefined) lines.push(`${name} had not done a step when its time was over.`)
    else if (turns.length < steps)
      lines.push(`${name} had time for ${turns.length} of ${steps} turns after its first step.`)
  }
  if (peers.some(({ off }) => off !== undefined))
    lines.push(`The last column is the largest difference of its first losses from those of ${reference}, relative.`)
  else lines.push("There were no losses of another to compare with.")
  return lines.join("\n")
}

const row = ([name, ...cells]) =>
  name.padEnd(6) + cells.map((cell, i) => cell.padStart([11, 11, 17, 7, 12, 9, 12, 13][i])).join("")

function peerRow({ name, first, turns, ms, dispatches, gflops, times, off }) {
  const number = (value, digits) => (value === undefined ? "-" : value.toFixed(digits))
  const digits = ms < 100 ? 2 : 0
  const range = turns.length ? `${number(Math.min(...turns), digits)}-${number(Math.max(...turns), digits)}` : "-"
  return row([
    name,
    first === undefined ? "-" : `${number(first / 1000, 1)} s`,
    number(ms, digits),
    range,
    String(turns.length),
    number(dispatches, 0),
    number(gflops, 2),
    times === undefined ? "" : times.toFixed(1),
    off === undefined ? "-" : off.toExponential(1),
  ])
}
