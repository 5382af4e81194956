//! Compresses the built page, so that the server need not: brotli for browsers that came by https or from this machine, gzip for the others.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const dist = fileURLToPath(new URL("./dist", import.meta.url));
const gains = /\.(html|js|css|wasm|svg|json|webmanifest)$/;
const bytesMin = 1024;

for (const name of readdirSync(dist, { recursive: true }).filter(name => gains.test(name))) {
  const path = join(dist, name);
  const content = readFileSync(path);
  if (content.length < bytesMin) continue;
  const size = { [constants.BROTLI_PARAM_SIZE_HINT]: content.length };
  const brotli = brotliCompressSync(content, { params: size });
  writeFileSync(`${path}.br`, brotli);
  writeFileSync(`${path}.gz`, gzipSync(content, { level: 9 }));
  if (name.endsWith(".wasm")) {
    const kilobytes = bytes => `${(bytes / 1000).toFixed(0)} kB`;
    process.stdout.write(`    ${name}: ${kilobytes(content.length)}, brotli ${kilobytes(brotli.length)}\n`);
  }
}
