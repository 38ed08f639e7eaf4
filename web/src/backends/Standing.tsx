import { type Backend, sayStanding } from "./backend";

/** How it stands, as a word with a shape. */
export function Standing({ backend }: { backend: Backend }) {
  const shape = backend.status === "online" && !backend.isAvailable ? "unreached" : backend.status;
  return (
    <span class="badge" data-status={shape}>
      {sayStanding(backend)}
    </span>
  );
}
