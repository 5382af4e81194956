//! End-to-end tests: the real server, real Chromium and stock Firefox ESR, and a wire that can be cut.
import { defineConfig } from "@playwright/test";
import { CHROMIUM, FIREFOX } from "./e2e/harness/browsers";

const report = process.env.LANDFALL_PLAYWRIGHT_REPORT;

export default defineConfig({
  testDir: "e2e",
  outputDir: "test-results",
  fullyParallel: true,
  forbidOnly: Boolean(process.env.CI),
  // A test that passes at the second try has failed: what it shows is that nobody knows what it waits for.
  retries: 0,
  workers: 2,
  timeout: 120_000,
  expect: { timeout: 30_000 },
  reporter: report ? [["list"], ["json", { outputFile: report }]] : [["list"]],
  projects: [
    { name: "chromium", use: CHROMIUM },
    { name: "firefox", use: FIREFOX },
  ],
});
