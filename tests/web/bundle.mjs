// Makes one file for node of a module of the web app and all that it imports: node bundle.mjs WEB ENTRY FOLDER
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [web, entry, folder] = process.argv.slice(2);
const { build } = await import(pathToFileURL(createRequire(`${web}/package.json`).resolve("vite")).href);
await build({
  root: web,
  configFile: false,
  logLevel: "error",
  resolve: { alias: { "~": `${web}/src` } },
  ssr: { noExternal: true },
  build: { ssr: entry, outDir: folder, emptyOutDir: false, copyPublicDir: false },
});
