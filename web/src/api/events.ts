import { effect, signal } from "@preact/signals";
import { createParser } from "eventsource-parser";
import { type Shape } from "./client";
import { me } from "./session";

/** The `data` of one pushed event; `reset` says that some were missed for good: read anew. */
export type Told = Shape<"Event"> | { topic: "reset" };
export type Topic = Shape<"Event">["topic"];

/** off: nobody signed in; live; retrying: since when the stream is cut. */
export const stream = signal<{ state: "off" | "opening" | "live" } | { state: "retrying"; since: number; tries: number }>({ state: "off" });

const listeners = new Set<(told: Told) => void>();
const LONGEST_PAUSE_MS = 10_000;
/** The server says something at least this often. */
const SILENCE_MS = 45_000;

/** Calls `listen` for each event of the topic, and for `reset`; returns what stops it. */
export function onEvent(topic: Topic, listen: (told: Told) => void): () => void {
  const filtered = (told: Told) => {
    if (told.topic === topic || told.topic === "reset") listen(told);
  };
  listeners.add(filtered);
  return () => listeners.delete(filtered);
}

/** One stream for the whole page, while somebody is signed in. EventSource is not enough: it gives up on a 503 and forgets where it was. */
export function followEvents(): () => void {
  let stop = () => {};
  let whose: string | null = null;
  const end = effect(() => {
    const user = me.value?.user.id ?? null;
    if (user === whose) return;
    whose = user;
    stop();
    stop = user === null ? turnOff() : follow();
  });
  return () => {
    end();
    stop();
  };
}

function turnOff(): () => void {
  stream.value = { state: "off" };
  return () => {};
}

function follow(): () => void {
  const ended = new AbortController();
  void keepReading(ended.signal);
  return () => ended.abort();
}

async function keepReading(ended: AbortSignal): Promise<void> {
  let lastId: string | null = null;
  let tries = 0;
  let since = 0;
  let opened = false;
  stream.value = { state: "opening" };
  while (!ended.aborted) {
    try {
      await readStream(
        ended,
        lastId,
        () => {
          tries = 0;
          stream.value = { state: "live" };
          // Cut before the first event there is no place to resume from: what happened in between is read anew.
          if (opened && lastId === null) tell({ topic: "reset" });
          opened = true;
        },
        (id) => {
          lastId = id;
        },
      );
    } catch {
      // Cut, refused or silent: told by the state below, and tried again.
    }
    if (ended.aborted) return;
    if (tries === 0) since = Date.now();
    tries += 1;
    stream.value = { state: "retrying", since, tries };
    await pause(Math.min(LONGEST_PAUSE_MS, 250 * 2 ** Math.min(tries, 6)) * (0.75 + Math.random() / 2), ended);
  }
}

async function readStream(ended: AbortSignal, lastId: string | null, opened: () => void, seen: (id: string) => void): Promise<void> {
  const cut = new AbortController();
  const abort = () => cut.abort();
  ended.addEventListener("abort", abort);
  let silence = setTimeout(abort, SILENCE_MS);
  try {
    const headers: Record<string, string> = { accept: "text/event-stream" };
    if (lastId !== null) headers["last-event-id"] = lastId;
    const response = await fetch("/api/events", { headers, signal: cut.signal, credentials: "same-origin", cache: "no-store" });
    if (!response.ok || response.body === null) throw new Error(`status ${response.status}`);
    opened();
    const parser = createParser({
      onEvent: ({ id, event, data }) => {
        if (id !== undefined) seen(id);
        tell(event === "reset" ? { topic: "reset" } : (JSON.parse(data) as Shape<"Event">));
      },
    });
    const text = new TextDecoder();
    for await (const chunk of response.body as ReadableStream<Uint8Array> & AsyncIterable<Uint8Array>) {
      clearTimeout(silence);
      silence = setTimeout(abort, SILENCE_MS);
      parser.feed(text.decode(chunk, { stream: true }));
    }
  } finally {
    clearTimeout(silence);
    ended.removeEventListener("abort", abort);
  }
}

function tell(told: Told): void {
  for (const listen of [...listeners]) listen(told);
}

function pause(ms: number, ended: AbortSignal): Promise<void> {
  return new Promise((resume) => {
    const timer = setTimeout(resume, ms);
    ended.addEventListener("abort", () => {
      clearTimeout(timer);
      resume();
    }, { once: true });
  });
}
