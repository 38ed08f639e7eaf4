import { perform } from "./perform";
import { ENGINE, MOST_QUBITS, run, VERSION } from "./quantum-circuit";
import type { Asked } from "./simulated";

addEventListener("message", ({ data }: MessageEvent<Asked>) => {
  perform({ name: ENGINE, version: VERSION, mostQubits: MOST_QUBITS, run }, data, (told) => postMessage(told));
});
