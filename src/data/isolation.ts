/** The sentence on what the groups of a run are worth, wherever they are named. */
export const isolationText = ({ patientsUnknown }: { patientsUnknown?: boolean }): string =>
  patientsUnknown
    ? "Images of one patient may be both trained on and tested: groups.csv, --groups or --group-by keeps them together."
    : "No group was both trained on and tested."
