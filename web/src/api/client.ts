import createClient, { type Middleware } from "openapi-fetch";
import type { components, paths } from "./schema";

/** A shape of the HTTP contract, by its name in openapi.json. */
export type Shape<Name extends keyof components["schemas"]> = components["schemas"][Name];

/** What the server refused, or why it could not be reached. `code` is one of docs/errors.md, or `unreachable`. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly hint: string | null = null,
    readonly details: Record<string, unknown> = {},
  ) {
    super(message);
    this.name = "Refusal";
  }
}

/** The HTTP contract, typed. Wrap every call in `answer`. */
export const api = createClient<paths>({ baseUrl: location.origin, credentials: "same-origin" });

type Called<T> = Promise<{ data?: T; error?: unknown; response: Response }>;

/** The body of a good answer. Throws Refusal. */
export async function answer<T>(called: Called<T>): Promise<T> {
  let told: Awaited<Called<T>>;
  try {
    told = await called;
  } catch (problem) {
    if (problem instanceof DOMException && problem.name === "AbortError") throw problem;
    throw unreachable();
  }
  if (!told.response.ok) throw asRefusal(told.response.status, told.error);
  return told.data as T;
}

export function unreachable(): Refusal {
  return new Refusal(0, "unreachable", "The server does not answer.", "Is it running? `make up` starts it. This page tries again by itself.");
}

export function asRefusal(status: number, body: unknown): Refusal {
  const error = (body as Shape<"Problem"> | undefined)?.error;
  if (error === undefined) return new Refusal(status, "internal_error", `The server answered with status ${status}.`);
  return new Refusal(error.status, error.code, error.message, error.hint ?? null, error.details ?? {});
}

/** For writes: the same key again gets the first answer again, so that a repeated click does nothing twice. */
export function onceOnly(): { "Idempotency-Key": string } {
  return { "Idempotency-Key": crypto.randomUUID?.() ?? uuid() };
}

/** randomUUID is absent where a page came over plain HTTP from another machine. */
function uuid(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

/** Called for each answer 401, by who keeps the session. */
export function whenSignedOut(told: () => void): void {
  const watch: Middleware = {
    onResponse({ response, schemaPath }) {
      if (response.status === 401 && !schemaPath.startsWith("/api/auth/")) told();
    },
  };
  api.use(watch);
}
