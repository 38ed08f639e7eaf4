// Prices the cases of a file by the page's own calculator: node price_cases.mjs BUNDLE CASES ANSWERS
import { readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [bundle, cases, answers] = process.argv.slice(2);
const { costOf } = await import(pathToFileURL(bundle).href);
const priced = JSON.parse(readFileSync(cases, "utf8")).map(({ pricing, shots, circuits }) => costOf(pricing, shots, circuits));
writeFileSync(answers, JSON.stringify(priced));
