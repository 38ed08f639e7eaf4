import { ENGINE, run, VERSION } from "./engine";
import { perform } from "./perform";
import { type Asked, MOST_QUBITS } from "./simulated";

addEventListener("message", ({ data }: MessageEvent<Asked>) => {
  perform({ name: ENGINE, version: VERSION, mostQubits: MOST_QUBITS, run }, data, (told) => postMessage(told));
});
