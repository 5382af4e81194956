//! The table, with medians, spread and ratios, and the picture.
import { execFileSync } from "node:child_process";
import { cpus, totalmem } from "node:os";

/** Rows in their order: key, words, unit, decimals. */
const ROWS = [
  ["a1k_us", "a. mutate → own subscriber, 1,000 in turn", "µs", 1],
  ["a10k_us", "a. the same, 10,000", "µs", 1],
  ["b1k_ms", "b. 1,000 offline mutations durable", "ms", 0],
  ["b10k_ms", "b. 10,000", "ms", 0],
  ["c1k_server_ms", "c. 1,000 landed on the server", "ms", 0],
  ["c1k_client_ms", "c. … and at the second client", "ms", 0],
  ["c10k_server_ms", "c. 10,000 landed on the server", "ms", 0],
  ["c10k_client_ms", "c. … and at the second client", "ms", 0],
  ["d50_ms", "d. live, one client to another, p50", "ms", 1],
  ["d99_ms", "d. … p99", "ms", 1],
  ["e50k_ms", "e. cold start from disk, 50,000 tasks, net", "ms", 0],
  ["f50k_ms", "f. new device, 50,000 tasks, net", "ms", 0],
  ["brotli_kb", "g. what a browser loads for it, brotli", "kB", 0],
  ["h50k_mb", "h. heap and wasm with 50,000 tasks", "MB", 0],
  ["server50k_mb", "server's memory with 50,000 tasks", "MB", 0],
  ["i200_ms", "i. 200 clients × 100 mutations", "ms", 0],
];
/** What the picture shows, in words that stand alone. */
const SHOWN = {
  a10k_us: "a mutation, until its subscriber is told, µs",
  b10k_ms: "10,000 offline, until durable, ms",
  c10k_client_ms: "10,000 landed, at another client, ms",
  d50_ms: "live, one to another, median, ms",
  e50k_ms: "start with 50,000 tasks on disk, ms",
  f50k_ms: "new device, 50,000 tasks, ms",
  i200_ms: "200 clients hear 100 mutations, ms",
};

export function median(values) {
  if (!values?.length) return undefined;
  const sorted = [...values].sort((one, other) => one - other);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
const valuesOf = (system, row) => (row === "brotli_kb" ? [system.brotli_kb] : system.figures[row]);
const said = (value, decimals) => value.toLocaleString("en-US", { maximumFractionDigits: value < 1000 ? decimals : 0 });
const ratio = value => (value >= 10 ? value.toFixed(0) : value.toFixed(2));

/** The day, the commit and the machine, in one line. */
export function conditions() {
  const git = (...words) => execFileSync("git", words, { cwd: import.meta.dirname, encoding: "utf8" }).trim();
  return `${new Date().toISOString().slice(0, 10)}, commit ${git("rev-parse", "--short", "HEAD")}${git("status", "--porcelain") ? " with changes" : ""}. ${cpus().length} × ${cpus()[0].model}, ${Math.round(totalmem() / 2 ** 30)} GiB, Linux, Chromium headless from Debian, Node ${process.versions.node}.`;
}

/** The median, and from the least to the most. */
export function spread(values, decimals) {
  if (!values?.length) return "–";
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return (
    said(median(values), decimals) + (values.length > 1 ? ` (${said(low, decimals)}–${said(high, decimals)})` : "")
  );
}

export function report(systems, runs) {
  const ours = systems.find(({ name }) => name === "landfall");
  const floor = systems.find(({ name }) => name === "floor");
  const rivals = systems.filter(system => system !== ours && system !== floor);
  const lines = [
    "# Results of `cargo xtask bench rivals`",
    "",
    conditions(),
    `${runs} ${runs === 1 ? "run" : "runs"}${fewer(systems, runs)}, all systems in turn within each; median (fastest to slowest). Small is good. What each row means: [PERFORMANCE.md](../PERFORMANCE.md).`,
    "",
    `| | ${systems.map(({ title, version }) => `${title} ${version}`).join(" | ")} | ours ÷ floor | ours ÷ best rival |`,
    `|---|${systems.map(() => "---|").join("")}---|---|`,
  ];
  for (const [row, words, unit, decimals] of ROWS) {
    const cells = systems.map(system => spread(valuesOf(system, row), decimals));
    const own = ours && median(valuesOf(ours, row));
    const least = floor && median(valuesOf(floor, row));
    const best = rivals
      .map(system => [median(valuesOf(system, row)), system.title])
      .filter(([value]) => value !== undefined)
      .sort(([one], [other]) => one - other)[0];
    const toFloor = own && least ? ratio(own / least) : "–";
    const toBest = own && best ? `${ratio(own / best[0])} (${best[1]})` : "–";
    lines.push(`| ${words}, ${unit} | ${cells.join(" | ")} | ${toFloor} | ${toBest} |`);
  }
  lines.push("", "| | validates on the server | durable | rolls back |", "|---|---|---|---|");
  for (const { title, validates, durable, rollsBack } of systems)
    lines.push(`| ${title} | ${validates} | ${durable} | ${rollsBack} |`);
  const gaps = systems.flatMap(({ title, lacks, differs, failures, figures, runs }) => [
    ...Object.entries(lacks ?? {}).map(([step, why]) => `- ${title}, ${step}: not run; ${why}.`),
    ...Object.entries(differs ?? {}).map(([row, how]) => `- ${title}, ${row}: ${how}.`),
    ...[...new Set(failures)].map(
      failure =>
        `- ${title}: ${failure} (${failures.filter(one => one === failure).length} of ${runs} ${runs === 1 ? "run" : "runs"})`,
    ),
    ...(figures.d_lost ? [`- ${title}: of the live mutations ${figures.d_lost.join(", ")} never arrived.`] : []),
  ]);
  if (gaps.length > 0) lines.push("", "What is missing, or different:", "", ...gaps);
  return `${lines.join("\n")}\n`;
}

/** Whoever was run less often than the others. */
function fewer(systems, runs) {
  const once = systems.filter(system => system.runs < runs).map(({ title }) => title);
  return once.length > 0 ? ` (${once.join(", ")}: 1)` : "";
}

const WIDTH = 760;
const LABEL = 270;
const LINE = 15;
const COLORS = ["#0B6074", "#8CA3A8", "#C9A227", "#A8607C", "#6C7FB5", "#6F9B6A", "#B5805A", "#5B5B5B"];

/** Bars on a logarithmic scale, one group a row. */
export function picture(systems) {
  const rows = ROWS.filter(([row]) => row in SHOWN);
  const values = rows.flatMap(([row]) => systems.map(system => median(valuesOf(system, row)))).filter(Boolean);
  const [low, high] = [Math.log10(Math.min(...values) / 2), Math.log10(Math.max(...values))];
  const length = value => ((Math.log10(value) - low) / (high - low)) * (WIDTH - LABEL - 80);
  let y = 34;
  const pieces = systems.map(({ title }, index) => {
    const x = index * 92;
    return `<rect x="${x}" y="8" width="10" height="10" fill="${COLORS[index]}"/><text x="${x + 14}" y="17">${title}</text>`;
  });
  for (const [row, , , decimals] of rows) {
    pieces.push(`<text x="0" y="${y + LINE}" class="row">${SHOWN[row]}</text>`);
    for (const [index, system] of systems.entries()) {
      const value = median(valuesOf(system, row));
      if (value === undefined) continue;
      const wide = Math.max(2, length(value));
      pieces.push(
        `<rect x="${LABEL}" y="${y}" width="${wide.toFixed(1)}" height="${LINE - 3}" fill="${COLORS[index]}"/>`,
      );
      pieces.push(`<text x="${LABEL + wide + 5}" y="${y + LINE - 5}">${said(value, decimals)}</text>`);
      y += LINE;
    }
    y += 12;
  }
  const style = "text{font:11px system-ui,sans-serif;fill:#1D2B2F}.row{font-weight:600}";
  pieces.push(`<text x="0" y="${y + 6}">Logarithmic; short is good.</text>`);
  y += 16;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${y}" viewBox="0 0 ${WIDTH} ${y}" role="img" aria-label="Landfall beside its rivals, on a logarithmic scale; short bars are good"><style>${style}</style><rect width="100%" height="100%" fill="#fff"/>${pieces.join("")}</svg>\n`;
}
