import { useLoad } from "~/api/load";
import { Arrived, Empty } from "~/ui/states";
import { Copyable } from "~/ui/values";
import { type Capsule, fingerprint, isSealed, shortly } from "../capsule";
import { Mark } from "../Mark";
import { AuditPath } from "./AuditPath";
import type { Place } from "./check";
import { findPlace } from "./place";

/** A capsule's place in the seal log, with the proof that the page itself has checked. */
export default function SealLog({ capsule }: { capsule: Capsule }) {
  if (!isSealed(capsule)) {
    return <Empty title="Not in the seal log yet">The seal enters the capsule's id in a public, append-only log. From then on it cannot be taken back in silence.</Empty>;
  }
  return <Sealed capsule={capsule} />;
}

function Sealed({ capsule }: { capsule: Capsule }) {
  const place = useLoad((signal) => findPlace(capsule, signal), [capsule.id, capsule.mqc_id]);
  return (
    <Arrived of={place} what="Asking the log for its proof">
      {(found) =>
        found === null ? (
          <Empty title="It came without a place in a log">The proof beside it names none: the capsule was sealed before its log had a checkpoint, or it came without a proof.</Empty>
        ) : (
          <Proof place={found} foreign={capsule.origin === "import"} />
        )
      }
    </Arrived>
  );
}

function Proof({ place, foreign }: { place: Place; foreign: boolean }) {
  const { checkpoint, path } = place;
  return (
    <div class="capsules-log">
      <div>
        <p role="status">
          {place.proved ? (
            <>
              <Mark status="verified">proved in this page</Mark> Hashed from this capsule's id up the path, the root is the one that the signed checkpoint names.
            </>
          ) : (
            <>
              <Mark status="broken">not proved</Mark> The path does not lead to the root of a checkpoint that the log signed. Do not rely on this entry.
            </>
          )}
        </p>
        <dl class="facts">
          <dt>Log</dt>
          <dd>{checkpoint?.origin ?? "unknown"}</dd>
          <dt>Entry</dt>
          <dd>
            {place.index}, in a tree of {place.treeSize} {place.treeSize === 1 ? "entry" : "entries"}
          </dd>
          <dt>Root, computed</dt>
          <dd>
            <Copyable text={path.root} shown={shortly(path.root, 16)} label="Copy the computed root" />
          </dd>
          <dt>Root, checkpoint</dt>
          <dd>{checkpoint === null ? "none of the log's keys signed it" : <Copyable text={checkpoint.root} shown={shortly(checkpoint.root, 16)} label="Copy the checkpoint's root" />}</dd>
          {checkpoint !== null && (
            <>
              <dt>Checkpoint signed by</dt>
              <dd>
                <Copyable text={fingerprint(checkpoint.signer)} shown={shortly(fingerprint(checkpoint.signer))} label="Copy the fingerprint" />
              </dd>
            </>
          )}
        </dl>
        <p>
          <small>
            Each hash is SHA-256 as RFC 6962 has it: a leaf of 00 and the id, a node of 01 and its two children. {foreign && "The keys are those of the proof that came along. "}
            That the key is the platform's own, only its fingerprint from elsewhere can say.
          </small>
        </p>
        <details>
          <summary>The checkpoint, as it was signed</summary>
          <pre tabIndex={0} role="region" aria-label="Checkpoint">
            {place.note}
          </pre>
        </details>
      </div>
      <AuditPath
        path={path}
        label={`Audit path of entry ${place.index} in a log of ${place.treeSize}: ${path.steps.length} ${path.steps.length === 1 ? "step" : "steps"} from the leaf to the root`}
      />
    </div>
  );
}
