//! The systems that are measured, in the order of the table, with what each promises: ours and the floor, then the rivals.
//!
//! `lacks` are rows that a system cannot do, with the reason. `settle_ms` is what it needs between connecting and being measured.

export const SYSTEMS = {
  landfall: {
    title: "Landfall",
    validates: "yes",
    durable: "yes: strict in the browser, fsync on the server",
    rollsBack: "yes",
    ownServerServesPage: true,
  },
  floor: { title: "floor", validates: "yes", durable: "fsync on the server; relaxed in the browser", rollsBack: "no" },
  yjs: {
    title: "Yjs",
    package: "yjs",
    validates: "no",
    durable: "no: relaxed in the browser, LevelDB without fsync",
    rollsBack: "no",
  },
  replicache: {
    title: "Replicache",
    package: "replicache",
    validates: "yes (endpoint of ours)",
    durable: "fsync on the server (endpoint of ours); in the browser about a second later",
    rollsBack: "yes",
  },
  rxdb: {
    title: "RxDB",
    package: "rxdb",
    validates: "yes (endpoint of ours)",
    durable: "fsync on the server (endpoint of ours); relaxed in the browser",
    rollsBack: "by a conflict handler",
    lacks: { fan: "no client without a browser" },
  },
  tinybase: {
    title: "TinyBase",
    package: "tinybase",
    validates: "no",
    durable: "no: relaxed in the browser, a JSON file without fsync",
    rollsBack: "no",
    lacks: { b10k: "did not finish in 250 s when tried", cold: "50,000 rows did not arrive in 120 s when tried" },
  },
};
