# What `cargo xtask bench edge` runs: the built Worker and the floor in one bare workerd, so that both have the same
# server, machine and minute. The addresses of the sockets come from the command line.

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "edge", worker = .edge),
    (name = "floor", worker = .floor),
    (name = "store", worker = .store),
    (name = "queue", worker = .queue),
  ],
  sockets = [
    (name = "edge", http = (), service = "edge"),
    (name = "floor", http = (), service = "floor"),
    (name = "tally", http = (), service = "queue"),
  ],
);

const date :Text = "2026-10-20"; # as in wrangler.toml

const edge :Workerd.Worker = (
  compatibilityDate = .date,
  modules = [
    (name = "entry.mjs", esModule = embed "../entry.mjs"),
    (name = "build/index.js", esModule = embed "../build/index.js"),
    (name = "build/index_bg.wasm", wasm = embed "../build/index_bg.wasm"),
  ],
  bindings = [
    (name = "CONFIG", kvNamespace = "store"),
    (name = "DEAD", kvNamespace = "store"),
    (name = "EVENTS", queue = "queue"),
    (name = "REKOMI_ENV", text = "test"),
    (name = "LEDGER_URL", text = "http://127.0.0.1:9"), # nobody: a click must not need the ledger
    (name = "REKOMI_EDGE_KEYS", text = "1:4242424242424242424242424242424242424242424242424242424242424242"),
  ],
);

const floor :Workerd.Worker = (
  compatibilityDate = .date,
  modules = [(name = "floor.mjs", esModule = embed "floor.mjs")],
);

const store :Workerd.Worker = (
  compatibilityDate = .date,
  modules = [(name = "store.mjs", esModule = embed "store.mjs")],
);

const queue :Workerd.Worker = (
  compatibilityDate = .date,
  modules = [(name = "queue.mjs", esModule = embed "queue.mjs")],
);
