import { type ComponentType, lazy } from "preact/compat";

/** A page, loaded when it is first opened. */
export interface Room {
  path: string;
  page: ComponentType<{ params: Record<string, string> }>;
  /** Whether it can be used without an account. */
  open?: boolean;
}

const room = (path: string, load: () => Promise<{ default: ComponentType<{ params: Record<string, string> }> }>, open = false): Room => ({
  path,
  page: lazy(load),
  open,
});

export const ROOMS: readonly Room[] = [
  room("/run", () => import("~/playground/PlaygroundPage"), true),
  room("/jobs", () => import("~/jobs/JobsPage")),
  room("/jobs/compare", () => import("~/jobs/ComparePage")),
  room("/jobs/:id", () => import("~/jobs/JobPage")),
  room("/backends", () => import("~/backends/BackendsPage"), true),
  room("/backends/:slug", () => import("~/backends/BackendPage"), true),
  room("/capsules", () => import("~/capsules/CapsulesPage")),
  room("/capsules/compare", () => import("~/capsules/ComparePage")),
  room("/capsules/:id", () => import("~/capsules/CapsulePage")),
  room("/verify", () => import("~/capsules/verify/VerifyPage"), true),
  room("/scripts", () => import("~/scripts/ScriptsPage")),
  room("/scripts/:id", () => import("~/scripts/ScriptPage")),
  room("/team", () => import("~/team/TeamPage")),
  room("/team/:part", () => import("~/team/TeamPage")),
  room("/account", () => import("~/account/AccountPage")),
  room("/sign-in", () => import("~/account/SignInPage"), true),
  room("/sign-up", () => import("~/account/SignUpPage"), true),
  room("/enter", () => import("~/account/EnterPage"), true),
  // As the link of an invitation says. Open, since the link must survive until its reader has signed in.
  room("/invitation", () => import("~/account/InvitationPage"), true),
];

/** The navigation, in the order of a physicist's day. `key`: pressed after g. */
export const PLACES: readonly { href: string; label: string; key: string; open?: boolean }[] = [
  { href: "/run", label: "Playground", key: "p", open: true },
  { href: "/jobs", label: "Jobs", key: "j" },
  { href: "/capsules", label: "Capsules", key: "c" },
  { href: "/scripts", label: "Scripts", key: "s" },
  { href: "/backends", label: "Backends", key: "b", open: true },
  { href: "/team", label: "Team", key: "t" },
  { href: "/verify", label: "Verify", key: "v", open: true },
];
