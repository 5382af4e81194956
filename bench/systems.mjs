//! The systems that are measured, in the order of the table, with what each promises: ours and the floor, then the rivals.
//!
//! `lacks` are steps that a system cannot do, with the reason; `differs` says of a row what it is measured by instead.
//! `settle_ms` is what it needs between connecting and being measured. `onlineByReload`: it goes online by loading its page anew.
//! `isIsolated`: its page is isolated from other origins, with which it was the faster.
//! `onlineOnly`: it takes no mutations without a connection.

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
    lacks: { offline10k: "did not finish in 250 s when tried", cold: "50,000 rows did not arrive in 120 s when tried" },
  },
  livestore: {
    title: "LiveStore",
    package: "@livestore/livestore",
    validates: "yes (its `onPush`)",
    durable: "SQLite of a Durable Object in workerd (whether it fsyncs was not looked at); OPFS in the browser",
    rollsBack: "yes, by a rebase of events; what becomes of a refused push was not looked at",
    lacks: { fan: "no client without a browser" },
    differs: {
      c: "it takes its address when it starts, and after a lost line waits up to 30 s; so going online is a reload, and the clock starts with the store's own start",
      h: "its SQLite stands in the page, and once more in a worker that is not counted",
    },
    onlineByReload: true,
    isIsolated: true,
    settle_ms: 2_500,
  },
  zero: {
    title: "Zero",
    package: "@rocicorp/zero",
    validates: "yes (mutator in a transaction of PostgreSQL)",
    durable: "PostgreSQL, fsync for each transaction; in the browser when it is idle",
    rollsBack: "yes",
    lacks: {
      "b, c": "it takes no mutations without a connection",
      offline10k: "it takes no mutations without a connection",
      fan: "no client without a browser",
    },
    differs: { a: "with a connection" },
    onlineOnly: true,
    settle_ms: 1_500,
  },
};
