import type { Shape } from "~/api/client";
import { MOST_QUBITS } from "~/simulator/simulated";
import type { Draft } from "./draft";
import type { TextKind } from "./framework";

/** Why a program cannot be started as it is set, and the way out. */
export interface Reason {
  what: string;
  /** A mode that would do, or the page to sign in. */
  way?: "sign-in" | "server" | "browser" | "convert";
}

interface Facts {
  draft: Draft;
  kind: TextKind;
  /** Of OpenQASM that can be read. */
  qubits: number | null;
  signedIn: boolean;
  team: Shape<"OwnTeam"> | null;
  backend: Shape<"PublishedBackend"> | null;
  wrong: Record<string, string>;
}

/** null: it can be started. */
export function whyNot({ draft, kind, qubits, signedIn, team, backend, wrong }: Facts): Reason | null {
  if (draft.code.trim() === "") return { what: "There is no program yet: write one, or open an example." };
  if (draft.mode === "browser") {
    if (kind.language === "python") return { what: "This browser runs OpenQASM alone; Python runs on the server.", way: signedIn ? "convert" : "sign-in" };
    if (qubits !== null && qubits > MOST_QUBITS) {
      const where = signedIn ? "Run it on the server, or as a job." : "Sign in to run it on the server.";
      return { what: `This browser stops at ${MOST_QUBITS} qubits, and this program has ${qubits}: its state would need ${sayMemory(qubits)}. ${where}`, way: signedIn ? "server" : "sign-in" };
    }
    return anyWrong(wrong);
  }
  if (!signedIn) return { what: "The server runs programs of people with an account.", way: "sign-in" };
  if (kind.framework === null) return { what: "Nothing in the text says what it is written for: choose the framework above the editor." };
  if (draft.mode === "job") {
    if (team?.suspended_at) return { what: `The team “${team.name}” is suspended: no job can be started.`, way: "browser" };
    if (backend !== null && !backend.isAvailable && !draft.emulate) return { what: sayUnavailable(backend) };
  }
  return anyWrong(wrong);
}

function anyWrong(wrong: Record<string, string>): Reason | null {
  const [first] = Object.entries(wrong);
  return first === undefined ? null : { what: `${first[0]}: ${first[1]}` };
}

/** Why a backend takes no jobs, and what to take in its place. */
export function sayUnavailable(backend: Shape<"PublishedBackend">): string {
  if (backend.status === "online") return `${backend.name} is not connected to this installation.`;
  if (backend.status !== "retired") return `${backend.name} takes no jobs at present: ${backend.status}.`;
  const why = backend.retiredReason ? `: ${backend.retiredReason.replace(/\.$/, "")}` : "";
  return `${backend.name} is retired${why}.${backend.successor ? ` In its place: ${backend.successor}.` : ""}`;
}

/** What 2^qubits amplitudes of 16 bytes need. */
export function sayMemory(qubits: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
  const power = qubits + 4;
  const unit = Math.min(units.length - 1, Math.floor(power / 10));
  const size = 2 ** (power - unit * 10);
  return size < 10_000 ? `${size} ${units[unit]}` : "more memory than there is";
}
