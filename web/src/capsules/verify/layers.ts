import type { Finding } from "./finding";
import type { Known, Report } from "./verdict";

/** holds; broken; open: it agrees, but needs something that the reader has to bring; missing: nothing was given, or not reached. */
export type LayerState = "holds" | "broken" | "open" | "missing";

/** A layer of the format, as it was found. `proves`: what it is for. `said`: what was found. */
export interface Layer {
  id: string;
  title: string;
  proves: string;
  state: LayerState;
  said: string;
  findings: Finding[];
}

const LAYERS: readonly [id: string, title: string, proves: string][] = [
  ["archive", "Archive", "There is one reading of the file, and nothing is hidden in it."],
  ["payload", "Files", "Every byte of every file is as it was sealed; none is added or missing."],
  ["checksums", "List of files", "The list of digests is the one that the manifest names."],
  ["manifest", "Manifest", "What was asked, what ran, when and by whom, in its one spelling."],
  ["id", "Id", "One number stands for all of the above."],
  ["signature", "Signatures", "Who vouches for this id, when, and with which meaning."],
  ["log", "Seal log", "The seal is in the platform's public log, so that it cannot be taken back in silence."],
  ["timestamp", "Timestamps", "The id existed at that time, by somebody else's clock."],
];

/** All layers from the outside in. */
export function layersOf(report: Report, known: Known): Layer[] {
  const isRead = report.top !== "";
  return LAYERS.map(([id, title, proves]) => {
    const findings = report.findings.filter((finding) => finding.layer === id);
    const [state, said] = findings.length > 0 ? brokenBy(findings) : isRead ? found(id, report, known) : NOT_REACHED;
    return { id, title, proves, state, said, findings };
  });
}

type Said = [state: LayerState, said: string];

const NOT_REACHED: Said = ["missing", "Not reached: a layer before it is broken."];

function brokenBy(findings: readonly Finding[]): Said {
  return ["broken", findings.length === 1 ? "Broken." : `Broken: ${findings.length} findings.`];
}

function found(id: string, report: Report, known: Known): Said {
  const isBroken = (...layers: string[]) => report.findings.some((finding) => layers.includes(finding.layer));
  if (id === "archive") return ["holds", `Byte for byte as the standard packs it; its top folder is “${report.top}”.`];
  if (id === "manifest") return report.status === "unjudged" ? ["open", "It is YAML: not judged here."] : ["holds", "Readable in one way only."];
  if (id === "checksums") return isBroken("manifest") ? NOT_REACHED : pinned(report, "Its digest is the one in the manifest.");
  if (id === "payload") return isBroken("checksums") ? NOT_REACHED : pinned(report, `${report.files.length.toLocaleString()} files, each with the digest in the list.`);
  if (id === "id") return foundId(report, known);
  if (report.capsule_id === null) return ["missing", "Not reached: there is no id to hold it against."];
  if (!report.has_proof) return ["missing", "Not given: it is in NAME.proof.json."];
  if (id === "signature") return foundSignatures(report, known);
  if (id === "log") return foundPlace(report);
  if (report.timestamps.length === 0) return ["missing", "The proof has none."];
  return ["open", `${report.timestamps.length} in the proof, not checked here: \`quapsule verify\` or OpenSSL does.`];
}

function pinned(report: Report, said: string): Said {
  return report.status === "unjudged" ? ["open", `${said} What names the list was not judged here.`] : ["holds", said];
}

function foundId({ capsule_id: id, signatures }: Report, known: Known): Said {
  if (id === null) return ["missing", "Not computed: the manifest cannot be read for certain."];
  if (known.id === null && signatures.some((signature) => signature.key_id === known.signer)) return ["holds", "It is the one that your signer's key signed."];
  return known.id === id ? ["holds", "It is the one that you gave."] : ["open", "Computed from the file. Compare it with the one that you know from elsewhere."];
}

function foundSignatures({ signatures }: Report, known: Known): Said {
  if (signatures.length === 0) return ["missing", "The proof has none."];
  if (signatures.some((signature) => signature.key_id === known.signer)) return ["holds", "Signed by the key that you gave."];
  return ["open", "They fit, but the keys come with the proof: compare a fingerprint with one from elsewhere."];
}

function foundPlace({ log, signatures }: Report): Said {
  if (log === null) return ["missing", "The proof has no place: the seal was not yet under a checkpoint."];
  const signed = signatures.some((signature) => signature.key_id === log.key_id);
  return ["holds", `Entry ${log.index} of ${log.tree_size} in ${log.origin}; the checkpoint is signed by ${signed ? "the key of the seal" : "a platform key of the proof"}.`];
}
