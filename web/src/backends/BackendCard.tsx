import { Link } from "wouter-preact";
import { type Backend, sayStanding, sayType, tagsOf } from "./backend";
import { sayPrice } from "./price";
import { Standing } from "./Standing";

/** One backend in the list: all that a choice needs. */
export function BackendCard({ backend }: { backend: Backend }) {
  return (
    <li class="card backends-card">
      <header>
        <h2>
          <Link href={`/backends/${backend.slug}`}>{backend.name}</Link>
        </h2>
        <Standing backend={backend} />
      </header>
      <p class="backends-soft">
        {backend.provider} · {sayType(backend)}
        {backend.isRecommended && " · recommended"}
      </p>
      <dl class="backends-figures">
        <div>
          <dt>Qubits</dt>
          <dd>{backend.qubitCount ?? "–"}</dd>
        </div>
        <div>
          <dt>Queue</dt>
          <dd>{backend.queueDepth === undefined ? "not known" : `${backend.queueDepth} waiting`}</dd>
        </div>
        <div>
          <dt>Price</dt>
          <dd>{sayPrice(backend.pricing)}</dd>
        </div>
      </dl>
      <footer>
        <ul class="backends-tags" aria-label="Tags">
          {tagsOf(backend).map((tag) => (
            <li key={tag}>{tag}</li>
          ))}
        </ul>
        {sayStanding(backend) === "accepts jobs" && (
          <Link class="button small" href={`/run?backend=${encodeURIComponent(backend.slug)}`}>
            Run here<span class="visually-hidden">, on {backend.name}</span>
          </Link>
        )}
      </footer>
    </li>
  );
}
