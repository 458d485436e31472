//! The edge without Cloudflare: plain workerd with the configuration for production, and `rekomi edge-store` behind it.

use std::{fs, path::Path, process::Command};

use super::EdgeSettings;
use crate::settings;

/// The addresses of one such edge, beside the Worker's own.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ports {
    pub(super) store: u16,
    pub(super) delivery: u16,
}

pub(super) fn worker(folder: &Path, port: u16, ports: Ports, ledger_url: &str, input: EdgeSettings) -> Command {
    let config = folder.join("edge/self_hosted/workerd.capnp");
    if input.without_queue {
        let text = fs::read_to_string(&config).unwrap();
        let lines = text.lines().filter(|line| !line.contains("(name = \"EVENTS\""));
        fs::write(&config, lines.collect::<Vec<_>>().join("\n")).unwrap();
    }
    if input.traced {
        let text = fs::read_to_string(&config).unwrap();
        let text = text.replace("\"REKOMI_TRACE_ONE_IN\", text = \"0\"", "\"REKOMI_TRACE_ONE_IN\", text = \"1\"");
        fs::write(&config, text).unwrap();
    }
    let mut workerd = Command::new(settings::workerd());
    workerd.arg("serve").arg(config);
    workerd.arg(format!("--socket-addr=edge=127.0.0.1:{port}"));
    workerd.arg(format!("--socket-addr=delivery=127.0.0.1:{}", ports.delivery));
    workerd.arg(format!("--external-addr=store=127.0.0.1:{}", ports.store));
    workerd.env("LEDGER_URL", ledger_url).env("REKOMI_ENV", "test").env("REKOMI_EDGE_KEYS", settings::EDGE_KEYS);
    workerd
}

pub(super) fn store(ports: Ports, database_url: &str) -> Command {
    let mut store = Command::new(settings::ledger_program());
    store.arg("edge-store").env("REKOMI_ENV", "test").env("DATABASE_URL", database_url);
    store.env_remove("DATABASE_OWNER_URL").env_remove("REKOMI_LEDGER_KEYS").env("NO_COLOR", "1");
    store.env("REKOMI_EDGE_STORE_LISTEN", format!("127.0.0.1:{}", ports.store));
    store.env("REKOMI_EDGE_DELIVERY_URL", format!("http://127.0.0.1:{}", ports.delivery));
    store.env("REKOMI_EDGE_KEYS", settings::EDGE_KEYS);
    store
}
