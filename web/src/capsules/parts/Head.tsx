import { Badge, Copyable, sayBytes, When } from "~/ui/values";
import { type Capsule, PART_11, shortly, tagsOf } from "../capsule";

/** What a capsule says of itself, under its name. */
export function Head({ capsule }: { capsule: Capsule }) {
  const bytes = capsule.artifacts.reduce((sum, file) => sum + file.size_bytes, 0);
  return (
    <div class="capsules-head">
      <p class="capsules-state">
        <Badge status={capsule.state} />
        {capsule.mqc_id === null ? <span class="capsules-soft">It gets its id by the seal.</span> : <Copyable text={capsule.mqc_id} shown={shortly(capsule.mqc_id, 16)} label="Copy the id" />}
        {tagsOf(capsule).map((tag) => (
          <span key={tag} class="capsules-tag">
            {tag}
          </span>
        ))}
      </p>
      {capsule.description !== null && <p class="capsules-description">{capsule.description}</p>}
      <dl class="capsules-facts">
        <Fact name={capsule.sealed_at === null ? "Made" : "Sealed"}>
          <When at={capsule.sealed_at ?? capsule.created_at} />
          {capsule.sealed_at !== null && sealer(capsule)}
        </Fact>
        <Fact name="Holds">
          {capsule.artifacts.length} {capsule.artifacts.length === 1 ? "file" : "files"}, {sayBytes(bytes)}
        </Fact>
        {capsule.origin !== null && <Fact name="Origin">{capsule.origin === "here" ? "sealed here" : "sealed elsewhere, imported"}</Fact>}
        <Fact name="Regulation">{capsule.regulatory_framework === PART_11 ? "21 CFR Part 11" : (capsule.regulatory_framework ?? "none")}</Fact>
        <Fact name="Retention">{retention(capsule)}</Fact>
        {capsule.doi !== null && (
          <Fact name="DOI">
            <a href={`https://doi.org/${encodeURI(capsule.doi)}`} rel="noreferrer noopener" target="_blank">
              {capsule.doi}
            </a>
          </Fact>
        )}
      </dl>
    </div>
  );
}

function Fact({ name, children }: { name: string; children: preact.ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** Whose request the seal was; the platform's own when it was asked at the submit. */
function sealer(capsule: Capsule): string {
  const asked = capsule.requests.find((request) => request.kind === "seal" && request.problem === null);
  return asked?.requested_name ? ` by ${asked.requested_name}` : "";
}

function retention(capsule: Capsule): string {
  if (capsule.retention_years === null) return "for ever";
  const years = `${capsule.retention_years} ${capsule.retention_years === 1 ? "year" : "years"}`;
  if (capsule.sealed_at === null) return `${years} from the seal`;
  const until = new Date(capsule.sealed_at);
  until.setUTCFullYear(until.getUTCFullYear() + capsule.retention_years);
  return `${years}, until ${until.toLocaleDateString()}`;
}
