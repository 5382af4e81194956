//! 50,000 tasks come in from a CSV file, offline, through the page's dialog; then they land.

export default {
  words: "import of 50,000 tasks from CSV, offline, then landed",
  spec: "import",
  figures: [
    ["planned_ms", "from the choice of the file until the plan is shown", "ms", 0, ""],
    ["issued_ms", "from the press of the button until all are issued and shown", "ms", 0, ""],
    ["durable_ms", "… and durable on the device", "ms", 0, ""],
    ["landed_ms", "from going online until all have landed on the server", "ms", 0, ""],
    ["second_ms", "… and a second client shows all", "ms", 0, ""],
    ["synced_ms", "… and the importing page says that all has landed", "ms", 0, ""],
  ],
};
