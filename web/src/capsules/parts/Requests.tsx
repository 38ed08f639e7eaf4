import { useSeconds, Trouble } from "~/ui/states";
import { Refusal } from "~/api/client";
import { type Capsule, isSealed } from "../capsule";

type Request = Capsule["requests"][number];

const DOING: Record<Request["kind"], string> = {
  fill: "Being filled with what its job left",
  seal: "Being sealed: searched for credentials, hashed, signed, entered in the log",
  sign: "The platform's key is witnessing a signature",
  stamp: "An authority is being asked for a timestamp",
};

interface CredentialFinding {
  file: string;
  line: number;
  rule: string;
  shown: string;
}

/** What the worker was asked to do with the capsule and has not done: how far it is, or why it was refused. */
export function Requests({ capsule, onView }: { capsule: Capsule; onView: (file: string) => void }) {
  const open = capsule.requests.filter((request) => request.done_at === null);
  const refused = lastRefused(capsule);
  return (
    <>
      {open.map((request) => (
        <Open key={request.id} request={request} />
      ))}
      {refused !== null && <Refused request={refused} onView={onView} />}
    </>
  );
}

function Open({ request }: { request: Request }) {
  const seconds = useSeconds(Date.parse(request.requested_at));
  return (
    <p class="capsules-open" role="status">
      {DOING[request.kind]} … <span class="number" aria-hidden="true">{seconds.toFixed(0)} s</span>
      {request.requested_name !== null && ` (asked by ${request.requested_name})`}
      {request.attempts > 1 && `, try ${request.attempts}`}
    </p>
  );
}

/** The newest request of a kind, when it was given up and nothing newer of that kind was asked. */
function lastRefused(capsule: Capsule): Request | null {
  for (const kind of ["seal", "sign", "fill"] as const) {
    if (kind !== "sign" && isSealed(capsule)) continue;
    const newest = capsule.requests.find((request) => request.kind === kind);
    if (newest !== undefined && newest.done_at !== null && newest.problem !== null) return newest;
  }
  return null;
}

function Refused({ request, onView }: { request: Request; onView: (file: string) => void }) {
  const refusal = refusalOf(request.problem);
  const findings = findingsIn(refusal.details.findings);
  return (
    <div class="capsules-refused">
      <Trouble refusal={refusal} />
      {findings.length > 0 && (
        <div class="scroll-x">
          <table>
            <caption>What looks like a credential</caption>
            <thead>
              <tr>
                <th scope="col">File</th>
                <th scope="col" class="number">Line</th>
                <th scope="col">Rule</th>
                <th scope="col">Begins with</th>
              </tr>
            </thead>
            <tbody>
              {findings.map((one, n) => (
                <tr key={n}>
                  <td class="capsules-long">
                    <button type="button" class="button quiet small capsules-jump" onClick={() => onView(one.file)}>
                      <code>{one.file}</code>
                    </button>
                  </td>
                  <td class="number">{one.line === 0 ? "–" : one.line}</td>
                  <td>{one.rule}</td>
                  <td>
                    <code>{one.shown}</code>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </div>
  );
}

function refusalOf(problem: unknown): Refusal {
  const told = (typeof problem === "object" && problem !== null ? problem : {}) as Record<string, unknown>;
  const details = typeof told.details === "object" && told.details !== null ? (told.details as Record<string, unknown>) : {};
  return new Refusal(Number(told.status) || 0, String(told.code ?? "internal_error"), String(told.message ?? "It was given up."), typeof told.hint === "string" ? told.hint : null, details);
}

function findingsIn(given: unknown): CredentialFinding[] {
  if (!Array.isArray(given)) return [];
  return given.filter((one): one is Record<string, unknown> => typeof one === "object" && one !== null).map((one) => ({
    file: String(one.file ?? ""),
    line: Number(one.line) || 0,
    rule: String(one.rule ?? ""),
    shown: String(one.shown ?? ""),
  }));
}
