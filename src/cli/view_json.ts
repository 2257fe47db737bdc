import { progressJson } from "./progress_json.ts"
import type { RunEvent, View } from "./train_events.ts"

/** One JSON object per line; `type` says which event it is. */
export function jsonView(print = progressJson()): View {
  return { show: (event) => print(lean(event)), close() {} }
}

/** Without the images. */
function lean(event: RunEvent) {
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
