import type { Shape } from "~/api/client";

/** A person in a team. */
export type Member = Shape<"Member">;

/** What a person is called: by name, else by address. */
export function nameOf({ name, email }: Pick<Member, "name" | "email">): string {
  return name || email || "Somebody whose account is gone";
}
