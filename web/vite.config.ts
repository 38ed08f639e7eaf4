import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { compress } from "./compress.ts";

// `npm run dev` serves the pages and passes /api on to a platform that runs.
const platform = process.env.QUAPSULE_URL ?? "http://127.0.0.1:8400";

export default defineConfig({
  resolve: { alias: { "~": fileURLToPath(new URL("./src", import.meta.url)) } },
  plugins: [compress()],
  server: { host: "127.0.0.1", proxy: { "/api": { target: platform, changeOrigin: false } } },
  worker: { format: "es" },
  build: {
    outDir: "../src/quapsule/web",
    emptyOutDir: true,
    target: "es2023",
    // A data: address would need a wider content security policy.
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    chunkSizeWarningLimit: 4000,
  },
  test: { include: ["src/**/*.test.ts"], environment: "node" },
});
