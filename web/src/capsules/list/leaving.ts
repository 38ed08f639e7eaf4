import { signal } from "@preact/signals";
import { answer, api, onceOnly } from "~/api/client";
import { soon } from "~/shell/notices";

/** Drafts that are deleted in a moment, and can still be kept: no list shows them. */
export const leaving = signal<ReadonlySet<string>>(new Set());

export function deleteSoon(capsule: { id: string; name: string }): void {
  leaving.value = new Set([...leaving.value, capsule.id]);
  const stay = () => {
    leaving.value = new Set([...leaving.value].filter((id) => id !== capsule.id));
  };
  soon(
    `The draft “${capsule.name}” is deleted.`,
    () => answer(api.DELETE("/api/capsules/{capsule_id}", { params: { path: { capsule_id: capsule.id }, header: onceOnly() }, keepalive: true })),
    stay,
  );
}
