import { type Backend, sayStanding, sayType } from "./backend";
import { isFree } from "./price";

export type Sort = "order" | "name" | "qubits" | "queue";

/** What is looked for; empty text and "all" let everything through. */
export interface Wanted {
  text: string;
  type: "all" | "simulator" | "qpu";
  provider: string;
  standing: "all" | "accepting";
  free: boolean;
  sort: Sort;
}

export const ALL: Wanted = { text: "", type: "all", provider: "all", standing: "all", free: false, sort: "order" };

export function choose(backends: readonly Backend[], wanted: Wanted): Backend[] {
  const words = wanted.text.toLowerCase().split(/\s+/).filter(Boolean);
  return backends
    .filter((backend) => {
      const text = [backend.name, backend.slug, backend.provider, backend.topology, backend.description, sayType(backend), sayStanding(backend), ...backend.tags].join(" ").toLowerCase();
      return (
        words.every((word) => text.includes(word)) &&
        (wanted.type === "all" || backend.deviceType === wanted.type) &&
        (wanted.provider === "all" || backend.provider === wanted.provider) &&
        (wanted.standing === "all" || backend.isAvailable) &&
        (!wanted.free || isFree(backend.pricing))
      );
    })
    .sort(ORDERS[wanted.sort]);
}

const ORDERS: Record<Sort, (one: Backend, other: Backend) => number> = {
  order: (one, other) => one.displayOrder - other.displayOrder,
  name: (one, other) => one.name.localeCompare(other.name),
  qubits: (one, other) => (other.qubitCount ?? 0) - (one.qubitCount ?? 0),
  queue: (one, other) => (one.queueDepth ?? Infinity) - (other.queueDepth ?? Infinity) || one.displayOrder - other.displayOrder,
};
