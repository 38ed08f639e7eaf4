import { type Capsule, isSealed, RUN_FILE } from "./capsule";

/** For each act: null when it may be tried, else the sentence that says why not. The server decides again. */
export interface Rights {
  change: string | null;
  seal: string | null;
  runnable: string | null;
  delete: string | null;
  sign: string | null;
  archive: string | null;
  doi: string | null;
  rerun: string | null;
}

export interface Standing {
  userId: string;
  /** Of the caller in the capsule's team; null: in none. */
  role: string | null;
  suspended: boolean;
  /** Accounts that another service keeps: the password cannot be given again here. */
  foreignAccounts: boolean;
}

const SUSPENDED = "The team is suspended: everything can be read and exported, nothing can be changed.";
const NOT_YOURS = "Only who made a capsule, an admin or the owner of its team may do this.";
const SEALED = "It is sealed: nothing of it changes any more.";
const OPEN = "Only a sealed capsule is signed, archived or named by a DOI.";

export function rightsTo(capsule: Capsule, { userId, role, suspended, foreignAccounts }: Standing): Rights {
  const leads = role === "owner" || role === "admin";
  const member = role === null ? "Only members of its team may do this." : suspended ? SUSPENDED : null;
  const owns = member ?? (capsule.user_id === userId || leads ? null : NOT_YOURS);
  const sealed = isSealed(capsule);
  const change = owns ?? (sealed ? SEALED : null);
  const holds = (test: (name: string, type: string) => boolean) => capsule.artifacts.some((one) => test(one.name, one.artifact_type));
  return {
    change,
    seal: change ?? (isAsked(capsule, "seal") ? "It is being sealed." : null),
    runnable: change ?? (holds((_, type) => type === "workflow") ? null : "It holds no workflow that could run: add the script as workflow/script.py."),
    delete: change ?? (capsule.state === "draft" ? null : "Only a draft can be deleted."),
    sign: member ?? (!sealed ? OPEN : foreignAccounts ? "Accounts are kept by Supabase here, which alone knows the password: sign with a key of your own, by `quapsule capsule sign`." : null),
    archive: owns ?? (sealed ? null : OPEN),
    doi: member ?? (!leads ? "Only an owner or admin of the team records a DOI." : !sealed ? OPEN : capsule.doi !== null ? "It has a DOI, for good." : null),
    rerun: member ?? (holds((name) => name === RUN_FILE) ? null : `It does not hold ${RUN_FILE}, which says how it was run.`),
  };
}

/** Whether the worker has yet to do what was asked. */
function isAsked(capsule: Capsule, kind: Capsule["requests"][number]["kind"]): boolean {
  return capsule.requests.some((request) => request.kind === kind && request.done_at === null);
}
