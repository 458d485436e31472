# What `cargo xtask bench edge` runs: the built Worker and the floor in one bare workerd, so that both have the same
# server, machine and minute. With `--self-hosted` also the Worker as it runs without Cloudflare. The addresses of the
# sockets come from the command line. With `--peer`, it runs target/bench/peers.capnp, which xtask/src/bench/peers.rs
# writes: it imports this file, and has the lists of `config` with the peers added to them.

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "edge", worker = .edge),
    (name = "floor", worker = .floor),
    (name = "store", worker = .store),
    (name = "queue", worker = .queue),
    (name = "selfHosted", worker = .selfHosted),
    (name = "edgeStore", external = (address = "127.0.0.1:9", http = ())), # unless the command line names it
  ],
  sockets = [
    (name = "edge", http = (), service = "edge"),
    (name = "floor", http = (), service = "floor"),
    (name = "tally", http = (), service = "queue"),
    (name = "selfHosted", http = (forwardedProtoHeader = "X-Forwarded-Proto"), service = "selfHosted"),
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

# What a peer gets: as above, but its events stay out of the count.
const peerBindings :List(Workerd.Worker.Binding) = [
  (name = "CONFIG", kvNamespace = "store"),
  (name = "DEAD", kvNamespace = "store"),
  (name = "EVENTS", queue = "peerQueue"),
  (name = "REKOMI_ENV", text = "test"),
  (name = "LEDGER_URL", text = "http://127.0.0.1:9"),
  (name = "REKOMI_EDGE_KEYS", text = "1:4242424242424242424242424242424242424242424242424242424242424242"),
];

# As edge/self_hosted/workerd.capnp has it.
const selfHosted :Workerd.Worker = (
  compatibilityDate = .date,
  modules = [
    (name = "self_hosted/main.mjs", esModule = embed "../self_hosted/main.mjs"),
    (name = "entry.mjs", esModule = embed "../entry.mjs"),
    (name = "build/index.js", esModule = embed "../build/index.js"),
    (name = "build/index_bg.wasm", wasm = embed "../build/index_bg.wasm"),
  ],
  bindings = [
    (name = "CONFIG", kvNamespace = (name = "selfHosted", entrypoint = "store", props = (json = "{\"name\":\"CONFIG\"}"))),
    (name = "DEAD", kvNamespace = (name = "selfHosted", entrypoint = "store", props = (json = "{\"name\":\"DEAD\"}"))),
    (name = "EVENTS", queue = (name = "selfHosted", entrypoint = "store", props = (json = "{\"name\":\"EVENTS\"}"))),
    (name = "STORE", service = "edgeStore"),
    (name = "REKOMI_ENV", text = "test"),
    (name = "LEDGER_URL", text = "http://127.0.0.1:9"),
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
