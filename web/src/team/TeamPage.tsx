import type { ComponentType } from "preact";
import { Link, Redirect } from "wouter-preact";
import { team } from "~/api/session";
import { Page } from "~/ui/Page";
import { Empty } from "~/ui/states";
import { KeysPart } from "./keys/KeysPart";
import { MembersPart } from "./members/MembersPart";
import { SettingsPart } from "./settings/SettingsPart";
import "./team.css";
import { UsagePart } from "./usage/UsagePart";

interface Part {
  id: string;
  label: string;
  about: string;
  content: ComponentType;
}

/** What a team has, each under /team/ID and in the navigation at the side. */
const PARTS: readonly Part[] = [
  { id: "members", label: "Members", about: "Who works here, and as what.", content: MembersPart },
  { id: "keys", label: "API keys", about: "How programs come in.", content: KeysPart },
  { id: "usage", label: "Usage", about: "What was run, by whom and where.", content: UsagePart },
  { id: "settings", label: "Settings", about: "The team's name, and your other teams.", content: SettingsPart },
];

/** The team's parts, each under an address of its own. */
export default function TeamPage({ params }: { params: Record<string, string> }) {
  const here = team.value;
  const part = PARTS.find(({ id }) => id === params.part);
  if (part === undefined) return <Redirect to="/team/members" replace />;
  if (here === null && part.id !== "settings") {
    return (
      <Page title="Team">
        <Empty title="You are in no team" action={<Link href="/team/settings" class="button primary">Make a team</Link>}>
          Jobs, scripts and capsules belong to a team. Open the link of an invitation to come into one, or make one of your own.
        </Empty>
      </Page>
    );
  }
  return (
    <Page title={here === null ? part.label : `${part.label} of ${here.name}`} about={part.about}>
      <div class="team-layout">
        <nav class="team-parts" aria-label="Parts of the team">
          {PARTS.map(({ id, label }) => (
            <Link key={id} href={`/team/${id}`} aria-current={id === part.id ? "page" : undefined}>
              {label}
            </Link>
          ))}
        </nav>
        {/* Another team is another page: nothing of the first one stays. */}
        <div class="team-part" key={here?.id}>
          <part.content />
        </div>
      </div>
    </Page>
  );
}
