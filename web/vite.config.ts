//! Builds the page: Solid, the engine's wasm as an asset, and a service worker that caches the shell and nothing else.
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";
import { VitePWA } from "vite-plugin-pwa";
import solid from "vite-plugin-solid";

/** Where the wasm package is taken from. xtask builds it into src/wasm; another folder with the same exports may stand in for it. */
const wasmPackage = process.env.LANDFALL_WASM ?? fileURLToPath(new URL("./src/wasm", import.meta.url));
/** Where `vite dev` finds the server. */
const server = process.env.LANDFALL_SERVER ?? "http://127.0.0.1:8080";

export default defineConfig({
  resolve: { alias: { "landfall-wasm": wasmPackage } },
  build: { target: "es2023", assetsInlineLimit: 0, sourcemap: false, modulePreload: { polyfill: false } },
  server: {
    fs: { strict: false },
    proxy: { "/api": server, "/health": server, "/sync": { target: server, ws: true, changeOrigin: true } },
  },
  plugins: [
    solid(),
    VitePWA({
      registerType: "prompt",
      injectRegister: false,
      includeAssets: ["icon.svg", "icon-180.png"],
      manifest: {
        id: "/",
        name: "Landfall",
        short_name: "Landfall",
        description: "A work board that works offline and lands later.",
        start_url: "/",
        scope: "/",
        display: "standalone",
        background_color: "#F7F9F9",
        theme_color: "#0B6074",
        icons: [
          { src: "/icon.svg", sizes: "any", type: "image/svg+xml", purpose: "any" },
          { src: "/icon-192.png", sizes: "192x192", type: "image/png", purpose: "any" },
          { src: "/icon-512.png", sizes: "512x512", type: "image/png", purpose: "any" },
          { src: "/icon-maskable-512.png", sizes: "512x512", type: "image/png", purpose: "maskable" },
        ],
      },
      workbox: {
        globPatterns: ["**/*.{html,js,css,wasm,svg,png,webmanifest}"],
        maximumFileSizeToCacheInBytes: 8 * 1024 * 1024,
        navigateFallback: "/index.html",
        navigateFallbackDenylist: [/^\/api(\/|$)/, /^\/sync(\/|$)/, /^\/health(\/|$)/, /^\/metrics(\/|$)/],
        cleanupOutdatedCaches: true,
        clientsClaim: true,
      },
    }),
  ],
});
