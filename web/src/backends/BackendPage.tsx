import { Link } from "wouter-preact";
import { LinkButton } from "~/ui/Button";
import { Page } from "~/ui/Page";
import { Arrived, Empty } from "~/ui/states";
import { sayNumber, When } from "~/ui/values";
import { type Backend, isRetired, sayType, tagsOf, useBackendList } from "./backend";
import { Calibrations } from "./Calibrations";
import { Origin } from "./Calculator";
import { sayPrice } from "./price";
import { Standing } from "./Standing";
import "./backends.css";

const PROGRAMS: Readonly<Record<string, string>> = { qasm3: "OpenQASM 3", qasm2: "OpenQASM 2", ahs: "analog Hamiltonian simulation (AHS)" };

/** One backend: its facts, how it stands, its price, its record if it is retired, and what it could do at which time. */
export default function BackendPage({ params }: { params: Record<string, string> }) {
  const backends = useBackendList();
  const slug = params.slug ?? "";
  if (backends.data === undefined) {
    return (
      <Page title="Backend">
        <Arrived of={backends} what="Reading the backend">
          {() => null}
        </Arrived>
      </Page>
    );
  }
  const backend = backends.data.find((one) => one.slug === slug);
  if (backend === undefined) {
    return (
      <Page title="No such backend">
        <Empty title="No such backend" action={<LinkButton href="/backends">All backends</LinkButton>}>
          No backend is called “{slug}”.
        </Empty>
      </Page>
    );
  }
  return (
    <Page
      title={backend.name}
      about={backend.description ?? `${backend.provider}, ${sayType(backend)}`}
      actions={!isRetired(backend) && backend.isAvailable && <LinkButton kind="primary" href={`/run?backend=${encodeURIComponent(backend.slug)}`}>Run here</LinkButton>}
    >
      <div class="stack">
        {isRetired(backend) && <Record backend={backend} />}
        <Facts backend={backend} />
        {/* Another device begins with nothing chosen. */}
        <Calibrations key={backend.slug} backend={backend} />
      </div>
    </Page>
  );
}

function Record({ backend }: { backend: Backend }) {
  return (
    <section class="card backends-record" aria-labelledby="backends-record">
      <h2 id="backends-record">Retired</h2>
      <p>
        Since <When at={backend.retiredAt} />: {backend.retiredReason ?? "no reason was given."} It takes no jobs any more. What ran on it stays, and it can be emulated for free under its last calibration.
      </p>
      {backend.successor && (
        <p>
          Its successor: <Link href={`/backends/${backend.successor}`}>{backend.successor}</Link>
        </p>
      )}
    </section>
  );
}

function Facts({ backend }: { backend: Backend }) {
  const facts: [string, preact.ComponentChildren][] = [
    ["Status", <Standing backend={backend} />],
    ["Queue", backend.queueDepth === undefined ? "not known: its jobs do not wait here" : `${backend.queueDepth} jobs wait`],
    ["Provider", backend.region === null ? backend.provider : `${backend.provider}, ${backend.region}`],
    ["Type", sayType(backend)],
    ["Qubits", qubits(backend)],
    ["Topology", backend.topology ?? "not said"],
    ["Most shots", backend.maxShots === null ? "not said" : sayNumber(backend.maxShots)],
    ["Takes", backend.supportedProgramTypes.map((type) => PROGRAMS[type] ?? type).join(", ")],
    ["Price", sayPrice(backend.pricing)],
    ["Price from", <Origin backend={backend} />],
    ["Tags", tagsOf(backend).join(", ") || "none"],
    ["Slug", <code>{backend.slug}</code>],
  ];
  return (
    <section class="card" aria-label="Facts">
      <div class="split">
        {[facts.slice(0, 6), facts.slice(6)].map((half, place) => (
          <dl key={place} class="facts">
            {half.map(([name, value]) => [<dt key={name}>{name}</dt>, <dd key={`${name} value`}>{value}</dd>])}
          </dl>
        ))}
      </div>
      {backend.documentationUrl && /^https?:\/\//.test(backend.documentationUrl) && (
        <p>
          <a href={backend.documentationUrl} rel="noreferrer" target="_blank">
            Documentation of {backend.name}
          </a>
        </p>
      )}
    </section>
  );
}

function qubits(backend: Backend): string {
  if (backend.qubitCount === null) return "not said";
  const most = backend.maxQubits;
  return most !== null && most !== backend.qubitCount ? `${backend.qubitCount}, at most ${most} in a program` : String(backend.qubitCount);
}
