/**
 * All peers on one network: first steps one after the other, then turns, so that a machine's drift
 * meets all alike.
 */
import { disagreements, furthest } from "../../dist/bench/agreement.js"
import { stepFlops } from "../../dist/bench/refnet.js"
import { workloadOf } from "../../dist/bench/workload.js"
import { Peer } from "./peer.mjs"

/** Relative; float32 alone accounts for 1e-4 after ten steps. */
const WITHIN = 1e-3

/** @param say is told how far it is */
export async function compare(net, { peers: names, steps, ...settings }, say) {
  const peers = names.map((name) => new Peer(name, { netName: net.name, ...settings }))
  try {
    const adapters = []
    for (const peer of peers) adapters.push(await peer.open())
    for (const peer of peers) {
      await peer.firstStep()
      say(`${net.name}, ${peer.name}: first step ${peer.first ? `${Math.round(peer.first)} ms` : "not done in time"}`)
    }
    for (let turn = 1; turn <= steps; turn++) {
      for (const peer of peers) {
        if (await peer.turn()) say(`${net.name}, ${peer.name}: turn ${turn}, ${peer.turns.at(-1).toFixed(1)} ms a step`)
      }
    }
    return { ...sameAdapter(adapters), ...result(net, peers) }
  } finally {
    for (const peer of peers) peer.end()
  }
}

function sameAdapter(adapters) {
  const texts = new Set(adapters.map((adapter) => JSON.stringify(adapter)))
  if (texts.size > 1) throw new Error(`the peers are on different adapters: ${[...texts].join(" ")}`)
  return adapters[0]
}

function result(net, peers) {
  const { source, losses } = workloadOf(net)
  const [longest] = [...peers].sort((a, b) => b.losses.length - a.losses.length)
  const reference = losses ? { name: "PyTorch", losses } : longest
  const flops = stepFlops(net)
  const ours = peers.find(({ name }) => name === "ours")
  const rows = peers.map((peer) => {
    const { name, first, turns, dispatches } = peer
    const ms = median(turns)
    const times = peer !== ours && ms && ours && median(ours.turns) ? ms / median(ours.turns) : undefined
    const off = peer.losses.length && peer !== reference ? furthest(peer, reference) : undefined
    return { name, first, turns, ms, dispatches, gflops: ms && flops / ms / 1e6, times, losses: peer.losses, off }
  })
  return {
    net: net.name,
    flops,
    source,
    reference: reference.name,
    peers: rows,
    disagreements: disagreements(peers, reference, WITHIN),
  }
}

/** undefined of none. */
function median(values) {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 ? sorted[middle] : sorted.length ? (sorted[middle - 1] + sorted[middle]) / 2 : undefined
}
