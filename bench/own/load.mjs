//! What a person waits for when the page opens on a workspace of 50,000 tasks: with nothing on the device, and with everything.

const visit = (key, words) => [
  [`${key}_lcp_ms`, `${words}: largest contentful paint`, "ms", 0, ""],
  [`${key}_board_ms`, "… the first cards of the board are in the document", "ms", 0, ""],
  [`${key}_synced_ms`, "… the page says that everything is known", "ms", 0, ""],
  [`${key}_blocked_ms`, "… total blocking time: what tasks take beyond 50 ms, from the first paint on", "ms", 0, ""],
  [`${key}_kb`, "… bytes from the server, until it is quiet", "kB", 0, ""],
];

export default {
  words: "opening a board of 50,000 tasks",
  spec: "load",
  figures: [
    ...visit("first", "nothing on the device"),
    ...visit("again", "with a service worker and the data on disk"),
    [
      "interaction_p50_ms",
      "clicks and keys, until the next paint, p50 (by steps of 8; 16 is a frame or less)",
      "ms",
      0,
      "",
    ],
    ["interaction_max_ms", "… the slowest of them (INP)", "ms", 0, "≤ 200"],
  ],
};
