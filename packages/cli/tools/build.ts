/**
 * Writes `dist/cli.js` and the modules that it loads when it needs them. What they take from elsewhere in the repository they carry in
 * themselves, so that the tarball installs anywhere; other packages are installed with it.
 */
import { build } from "esbuild";
import { chmodSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import manifest from "../package.json" with { type: "json" };

const path = (relative: string): string => fileURLToPath(new URL(`../${relative}`, import.meta.url));

rmSync(path("dist"), { recursive: true, force: true });
await build({
  entryPoints: [path("src/cli.ts")],
  outdir: path("dist"),
  bundle: true,
  splitting: true,
  platform: "node",
  format: "esm",
  target: `node${manifest.engines.node.replace(">=", "")}`,
  external: Object.keys(manifest.dependencies),
  logLevel: "warning",
});
chmodSync(path("dist/cli.js"), 0o755);
