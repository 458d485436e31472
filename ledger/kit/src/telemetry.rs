//! Sets up logs and metrics. Logs are JSON lines in production and readable in development; neither contains bodies,
//! addresses or secrets. Each failure is logged once, at the boundary where it is answered.

use std::sync::OnceLock;

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::{fmt, prelude::*};

use crate::config::{Environment, log};

/// Installs the subscriber; a second call changes nothing. An invalid `REKOMI_LOG` is refused with the other settings.
pub fn init(environment: Environment) {
    let filter = log::filter().unwrap_or_else(|_| log::default_filter());
    let registry = tracing_subscriber::registry().with(filter);
    // Standard output is for results (`rekomi demo` prints JSON there).
    let installed = if environment == Environment::Production {
        registry.with(fmt::layer().json().with_writer(std::io::stderr)).try_init()
    } else {
        registry.with(fmt::layer().with_target(false).with_writer(std::io::stderr)).try_init()
    };
    drop(installed);
}

/// The process's metrics registry, for `GET /metrics`.
pub fn metrics() -> Option<&'static PrometheusHandle> {
    static HANDLE: OnceLock<Option<PrometheusHandle>> = OnceLock::new();
    HANDLE.get_or_init(|| PrometheusBuilder::new().install_recorder().ok()).as_ref()
}
