import { answer, api } from "~/api/client";
import type { Capsule } from "./capsule";

/** Throws Refusal. */
export function readCapsule(id: string, signal?: AbortSignal): Promise<Capsule> {
  return answer(api.GET("/api/capsules/{capsule_id}", { params: { path: { capsule_id: id } }, signal }));
}
