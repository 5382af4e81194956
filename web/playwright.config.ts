//! End-to-end tests: the real server, real Chromium and stock Firefox ESR, a little of WebKitGTK, and a wire that can be cut.
import { defineConfig } from "@playwright/test";
import { CHROMIUM, FIREFOX } from "./e2e/harness/browsers";

const report = process.env.LANDFALL_PLAYWRIGHT_REPORT;

/** Driven without Playwright's help, which has no WebKit but one of its own making. */
const WEBKITGTK = "**/webkitgtk.spec.ts";

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
    { name: "chromium", testIgnore: WEBKITGTK, use: CHROMIUM },
    { name: "firefox", testIgnore: WEBKITGTK, use: FIREFOX },
    { name: "webkitgtk", testMatch: WEBKITGTK },
  ],
});
