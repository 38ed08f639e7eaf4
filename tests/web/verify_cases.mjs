// Judges the cases of a file by the page's own verifier: node verify_cases.mjs BUNDLE CASES ANSWERS
import { readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [bundle, cases, answers] = process.argv.slice(2);
const { verify } = await import(pathToFileURL(bundle).href);
const judged = [];
for (const { archive, proof, id, signer } of JSON.parse(readFileSync(cases, "utf8"))) {
  const text = proof === null ? null : new Uint8Array(Buffer.from(proof, "base64"));
  const report = await verify(new Blob([Buffer.from(archive, "base64")]), text, { id, signer });
  judged.push({
    status: report.status,
    capsule_id: report.capsule_id,
    findings: report.findings,
    files: report.files.length,
    size_bytes: report.size_bytes,
    signatures: report.signatures,
    log: report.log,
  });
}
writeFileSync(answers, JSON.stringify(judged));
