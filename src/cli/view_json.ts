import type { RunEvent, View } from "./train_events.ts"

/** One JSON object a line; `type` says which event it is. */
export const jsonView: View = {
  show(event) {
    console.log(JSON.stringify(lean(event)))
  },
  close() {},
}

/** Without the images. */
function lean(event: RunEvent): object {
  if (event.type !== "start") return event
  const { type, folder, config, adapter, network } = event
  return {
    type,
    folder,
    config,
    adapter,
    network: { parameters: network.parameters, multiplyAdds: network.multiplyAdds },
  }
}
