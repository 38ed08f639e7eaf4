import { answer, api, type Shape } from "~/api/client";
import type { Snapshot } from "./description";

const A_PAGE = 50;
const known = new Map<string, Snapshot>();

/** A page of a device's calibrations, newest first. Throws Refusal. */
export function listSnapshots(slug: string, cursor?: string, signal?: AbortSignal): Promise<Shape<"Listing_CalibrationSummary_">> {
  return answer(api.GET("/api/backends/{slug}/calibrations", { params: { path: { slug }, query: { limit: A_PAGE, cursor } }, signal }));
}

/** One calibration whole. It never changes, so that it is fetched once. Throws Refusal. */
export async function showSnapshot(id: string, signal?: AbortSignal): Promise<Snapshot> {
  const found = known.get(id) ?? (await answer(api.GET("/api/calibrations/{calibration_id}", { params: { path: { calibration_id: id } }, signal })));
  known.set(id, found);
  return found;
}
