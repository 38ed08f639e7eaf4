import { CHECKSUMS, type Contents, type Held, MANIFEST, MOST_BYTES, readArchive } from "./archive";
import { readChecksums } from "./checksums";
import { digestOf } from "./digest";
import { Unfit } from "./document";
import { Fault, type Finding } from "./finding";
import type { JsonObject } from "./json";
import { capsuleIdOf, isOurs, readManifest, spellManifest } from "./manifest";
import { checkProof, type Proven, type ProvenPlace, type ProvenSignature, readProof } from "./proof";
import { type Bytes, compare, decode, hex, isSame } from "./text";

/** verified: intact, and signed by the key that was given. intact: all layers agree, the signer is not known. broken: see the findings.
 * unjudged: nothing wrong was found, but its manifest is YAML, which this page does not read as strictly as the standard asks. */
export type Status = "verified" | "intact" | "broken" | "unjudged";

/** What the reader knows from elsewhere: a capsule's id, and the fingerprint (64 hex digits) of the key that they trust. */
export interface Known {
  id?: string | null;
  signer?: string | null;
}

/** A file of the capsule: listed and there, or not. */
export interface ReportedFile extends Held {
  name: string;
}

/** `capsule_id`: as computed; null where the manifest cannot be read for certain. `signatures`, `log`: what of the proof was found right.
 * `timestamps`: authorities whose tokens were not checked here. `has_proof`: one was given and could be read. */
export interface Report {
  status: Status;
  capsule_id: string | null;
  findings: Finding[];
  manifest: JsonObject;
  manifest_text: string;
  top: string;
  files: ReportedFile[];
  size_bytes: number;
  has_proof: boolean;
  signatures: ProvenSignature[];
  log: ProvenPlace | null;
  timestamps: string[];
}

/** Is this the capsule that was sealed, and by whom? Reads the file once. `told`: bytes of the file that were read. A capsule that is broken is
 * a report like any other. */
export async function verify(
  file: Blob,
  proof: Bytes | null = null,
  known: Known = {},
  told: (bytes: number) => void = () => undefined,
  mostBytes = MOST_BYTES,
): Promise<Report> {
  const { report, isCertain } = await readCapsule(file, known.id ?? null, told, mostBytes);
  const proven = proof === null ? null : provenBy(proof, report.capsule_id, known.signer ?? null);
  const findings = [...report.findings, ...(proven?.findings ?? [])];
  const signatures = proven?.signatures ?? [];
  const isSigned = signatures.some((signature) => signature.key_id === known.signer);
  const status = findings.length > 0 ? "broken" : !isCertain ? "unjudged" : isSigned ? "verified" : "intact";
  return { ...report, status, findings, has_proof: proof !== null, signatures, log: proven?.log ?? null, timestamps: proven?.timestamps ?? [] };
}

type Read = Omit<Report, "status" | "has_proof" | "signatures" | "log" | "timestamps">;

/** What the file says of itself. */
async function readCapsule(file: Blob, id: string | null, told: (bytes: number) => void, mostBytes: number): Promise<{ report: Read; isCertain: boolean }> {
  const report: Read = { capsule_id: null, findings: [], manifest: new Map(), manifest_text: "", top: "", files: [], size_bytes: 0 };
  let contents: Contents;
  try {
    contents = await readArchive(file, told, mostBytes);
  } catch (problem) {
    return { report: { ...report, findings: [findingOf(problem)] }, isCertain: true };
  }
  const findings: Finding[] = [];
  let manifest: JsonObject | null = null;
  let found: string | null = null;
  let isCertain = true;
  try {
    const data = ownFile(contents, MANIFEST, "manifest");
    const read = readManifest(data);
    manifest = read.value;
    isCertain = read.isPlain;
    // Of what may be read in two ways, nothing is computed.
    if (isCertain) found = capsuleIdOf(manifest);
    if (isOurs(manifest) && !(isCertain && isSame(spellManifest(manifest), data))) {
      findings.push({ layer: "manifest", file: MANIFEST, message: "It says what was sealed, but in a spelling that the seal does not write." });
    }
  } catch (problem) {
    findings.push(findingOf(problem));
  }
  findings.push(...payloadFindings(contents, manifest));
  if (found !== null && id !== null && id !== found) {
    findings.push({ layer: "id", file: MANIFEST, message: `The capsule is ${found}, not ${id}.` });
  }
  return {
    report: {
      capsule_id: found,
      findings,
      manifest: manifest ?? new Map(),
      manifest_text: decode(contents.own.get(MANIFEST) ?? new Uint8Array()) ?? "",
      top: contents.top,
      files: [...contents.files].map(([name, held]) => ({ name, ...held })),
      size_bytes: contents.sizeBytes,
    },
    isCertain,
  };
}

/** The manifest pins .checksums, and .checksums pins every file and that there are no others. */
function payloadFindings(contents: Contents, manifest: JsonObject | null): Finding[] {
  const findings: Finding[] = [];
  const add = (layer: string, file: string, message: string) => findings.push({ layer, file, message });
  try {
    const data = ownFile(contents, CHECKSUMS, "checksums");
    const declared = manifest?.get("checksums_digest") ?? null;
    if (manifest !== null) {
      if (declared === null) add("manifest", MANIFEST, "The capsule is not sealed: its manifest has no checksums_digest.");
      else if (declared !== `sha256:${hex(digestOf(data))}`) add("checksums", CHECKSUMS, "It is not the list that the manifest names by its digest.");
    }
    const listed = readChecksums(data);
    for (const [name, digest] of listed) {
      const held = contents.files.get(name);
      if (held === undefined) add("payload", name, "The file is listed, but missing.");
      else if (held.sha256 !== digest) add("payload", name, "The file is not the one that was sealed.");
    }
    for (const name of [...contents.files.keys()].filter((one) => !listed.has(one)).sort(compare)) {
      add("payload", name, "The file was not sealed: it is not listed.");
    }
  } catch (problem) {
    findings.push(findingOf(problem));
  }
  return findings;
}

function provenBy(data: Bytes, capsuleId: string | null, signer: string | null): Proven | null {
  let document: JsonObject;
  try {
    document = readProof(data);
  } catch (problem) {
    if (!(problem instanceof Unfit)) throw problem;
    return { findings: [{ layer: "signature", file: "proof", message: problem.message }], signatures: [], log: null, timestamps: [] };
  }
  if (capsuleId === null) return null;
  const proven = checkProof(document, capsuleId);
  if (signer !== null && !proven.signatures.some((signature) => signature.key_id === signer)) {
    proven.findings.push({ layer: "signature", file: "proof", message: `No signature that holds is by the key SHA256:${signer}.` });
  }
  return proven;
}

function ownFile(contents: Contents, name: string, layer: string): Bytes {
  const data = contents.own.get(name);
  if (data === undefined) throw new Fault(layer, name, `${name} is missing.`);
  return data;
}

function findingOf(problem: unknown): Finding {
  if (problem instanceof Fault) return problem.finding;
  throw problem;
}
