import { computed, signal } from "@preact/signals";
import { recall, remember } from "~/shell/memory";
import { answer, api, Refusal, type Shape, whenSignedOut } from "./client";

/** Who is here: undefined while asked, null for nobody. */
export const me = signal<Shape<"Me"> | null | undefined>(undefined);
/** What this server is; null until it said so. */
export const meta = signal<Shape<"Meta"> | null>(null);

const chosenTeam = signal(recall("team"));

/** The team that pages show and new work belongs to. */
export const team = computed<Shape<"OwnTeam"> | null>(() => {
  const teams = me.value?.teams ?? [];
  return teams.find((one) => one.id === chosenTeam.value) ?? teams[0] ?? null;
});

export function chooseTeam(id: string): void {
  chosenTeam.value = id;
  remember("team", id);
}

/** Asks the server who is here. Throws Refusal, but not for nobody. */
export async function findMe(): Promise<void> {
  if (meta.value === null) meta.value = await answer(api.GET("/api/meta"));
  try {
    me.value = await answer(api.GET("/api/auth/me"));
  } catch (problem) {
    if (!(problem instanceof Refusal) || problem.status !== 401) throw problem;
    me.value = null;
  }
}

export async function signOut(): Promise<void> {
  await answer(api.POST("/api/auth/sign-out"));
  me.value = null;
}

whenSignedOut(() => {
  if (me.value) me.value = null;
});
