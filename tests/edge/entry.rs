//! Goal: after wasm has trapped, however that came about, the next request starts it anew and is answered.
//! Method: `edge/entry.mjs` runs in workerd with a stand-in for the built Worker, whose handlers trap when asked to, because
//! the real ones can't be made to.

use std::{fs, process::Command};

use world::{
    child::Child,
    http::{Request, Response},
    settings, wait,
};

/// A module whose only function, `trap`, ends in `unreachable`.
const WASM: [u8; 35] =
    *b"\0asm\x01\0\0\0\x01\x04\x01\x60\0\0\x03\x02\x01\0\x07\x08\x01\x04trap\0\0\x0a\x05\x01\x03\0\0\x0b";

/// Has the exports of the built Worker. `fetch` answers how often wasm was started anew.
const STAND_IN: &str = r#"
import module from "./index_bg.wasm";
const { trap } = new WebAssembly.Instance(module).exports;
const state = { criticalError: false };
let restarts = 0;
export const __worker_init_state = () => state;
export const __wbg_reset_state = () => { restarts++; };
export const agent = () => 0;
export const inbox = () => new Uint8Array(4096);
export const flush = async () => {};
export const queue = async () => {};
let clicks = 0;
export const click = () => { clicks++; trap(); };
export const fetch = async (request) => {
  const { pathname } = new URL(request.url);
  if (pathname === "/api/trap") trap();
  if (pathname === "/api/later") queueMicrotask(trap);
  if (pathname === "/api/panic") state.criticalError = true;
  return Response.json({ restarts, clicks });
};
"#;

const CONFIG: &str = r#"
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "edge", worker = (
    compatibilityDate = "2026-10-20",
    modules = [
      (name = "entry.mjs", esModule = embed "entry.mjs"),
      (name = "build/index.js", esModule = embed "build/index.js"),
      (name = "build/index_bg.wasm", wasm = embed "build/index_bg.wasm"),
    ],
  ))],
  sockets = [(name = "edge", http = (), service = "edge")],
);
"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_trap_is_followed_by_a_new_start() {
    let folder = settings::folder();
    fs::create_dir_all(folder.join("build")).unwrap();
    fs::copy(settings::root().join("edge/entry.mjs"), folder.join("entry.mjs")).unwrap();
    fs::write(folder.join("build/index.js"), STAND_IN).unwrap();
    fs::write(folder.join("build/index_bg.wasm"), WASM).unwrap();
    fs::write(folder.join("workerd.capnp"), CONFIG).unwrap();
    let base = format!("http://127.0.0.1:{}", settings::free_port());
    let mut workerd = Command::new(settings::workerd());
    workerd.arg("serve").arg(folder.join("workerd.capnp"));
    workerd.arg(format!("--socket-addr=edge={}", base.trim_start_matches("http://")));
    let mut edge = Child::start("workerd", workerd, &folder.join("edge.log"));
    wait::until("workerd to answer", 60, async || Request::get("/api/first").send(&base).await.ok()).await;
    let get = async |path: &str| Request::get(path).send(&base).await.unwrap();
    let counts = |response: Response| {
        let body = response.expect_status(200).json();
        (body["restarts"].as_u64().unwrap(), body["clicks"].as_u64().unwrap())
    };

    assert_eq!(counts(get("/api/first").await), (0, 0));
    // A handler's own trap fails its request, and no other.
    assert_eq!(get("/api/trap").await.status, 500);
    assert_eq!(counts(get("/api/next").await), (1, 0));
    // The click itself is still answered.
    assert_eq!(counts(get("/link").await), (2, 1));
    // A panic, which `worker` reports, and a trap that no request waits for.
    assert_eq!(counts(get("/api/panic").await), (2, 1));
    assert_eq!(counts(get("/api/next").await), (3, 1));
    assert_eq!(counts(get("/api/later").await), (3, 1));
    assert_eq!(counts(get("/api/next").await), (4, 1));
    // Once is enough.
    assert_eq!(counts(get("/api/next").await), (4, 1));
    edge.kill();
}
