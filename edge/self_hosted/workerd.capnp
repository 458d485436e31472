# The edge without Cloudflare: `workerd serve edge/self_hosted/workerd.capnp`, beside `rekomi edge-store` and behind a proxy
# with TLS. docs/self-hosting/without-cloudflare.md explains the parts; the addresses can be changed on the command line:
#   --socket-addr edge=127.0.0.1:8081 --socket-addr delivery=127.0.0.1:8083 --external-addr store=127.0.0.1:8082
# Everything listens on the loopback interface only. The Worker believes the address in CF-Connecting-IP, which Cloudflare
# sets; here, the proxy must set it, and remove what a visitor sent.

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "edge", worker = .edge),
    (name = "store", external = (address = "127.0.0.1:8082", http = ())),
    # The Worker calls nothing but the ledger at LEDGER_URL, which may be on this machine.
    (name = "internet", network = (allow = ["public", "private"], tlsOptions = (trustBrowserCas = true))),
  ],
  sockets = [
    # For the proxy. Visitors use https, whatever the proxy uses to get here.
    (name = "edge", address = "127.0.0.1:8081", http = (forwardedProtoHeader = "X-Forwarded-Proto"), service = "edge"),
    # For `rekomi edge-store`, with a token that is derived from REKOMI_EDGE_KEYS. Never make it public.
    (name = "delivery", address = "127.0.0.1:8083", http = (), service = (name = "edge", entrypoint = "delivery")),
  ],
);

const edge :Workerd.Worker = (
  compatibilityDate = "2026-10-20", # as in wrangler.toml
  modules = [
    (name = "self_hosted/main.mjs", esModule = embed "main.mjs"),
    (name = "entry.mjs", esModule = embed "../entry.mjs"),
    (name = "build/index.js", esModule = embed "../build/index.js"),
    (name = "build/index_bg.wasm", wasm = embed "../build/index_bg.wasm"),
  ],
  # One binding per line: tests leave some out.
  bindings = [
    (name = "CONFIG", kvNamespace = (name = "edge", entrypoint = "store", props = (json = "{\"name\":\"CONFIG\"}"))),
    (name = "DEAD", kvNamespace = (name = "edge", entrypoint = "store", props = (json = "{\"name\":\"DEAD\"}"))),
    (name = "EVENTS", queue = (name = "edge", entrypoint = "store", props = (json = "{\"name\":\"EVENTS\"}"))),
    (name = "STORE", service = "store"),
    (name = "LEDGER_URL", fromEnvironment = "LEDGER_URL"),
    (name = "REKOMI_ENV", fromEnvironment = "REKOMI_ENV"),
    (name = "REKOMI_EDGE_KEYS", fromEnvironment = "REKOMI_EDGE_KEYS"),
    (name = "REKOMI_QUEUE", text = "durable"),
    (name = "REKOMI_TRACE_ONE_IN", text = "0"),
  ],
);
