import { signal } from "@preact/signals";
import { recall, remember } from "./memory";

const NAME = "simulations.share";

/** Whether the texts of programs that are simulated in this browser are recorded on the server. Nobody has agreed until they say so. */
export const sharesText = signal(recall(NAME) === "yes");

/** Agrees or withdraws, for this browser and from now on. */
export function chooseSharing(on: boolean): void {
  sharesText.value = on;
  remember(NAME, on ? "yes" : null);
}
