//! Checks of the machine: certificates, the limit of open files, and free space.

use kit::config::files::FileSettings;
use nix::sys::{
    resource::{Resource, getrlimit},
    statvfs::statvfs,
};
use reqwest::Client;

use super::{finding::Finding, judge};

const CERTIFICATES: &str = "certificates";

/// A client for requests is built with the machine's CA certificates, and can't be built without any.
pub(super) fn certificates(client: anyhow::Result<Client>) -> (Finding, Option<Client>) {
    match client {
        Ok(client) => (Finding::passed(CERTIFICATES, "the machine has CA certificates"), Some(client)),
        Err(error) => {
            let cure = "install the package ca-certificates, or set SSL_CERT_FILE to a file with CA certificates";
            (Finding::failed(CERTIFICATES, format!("TLS can't be set up: {error:#}"), cure), None)
        }
    }
}

pub(super) fn open_files() -> Finding {
    match getrlimit(Resource::RLIMIT_NOFILE) {
        Ok((soft, _)) => judge::open_files(soft),
        Err(error) => Finding::skipped("open files", format!("the limit can't be read: {error}")),
    }
}

pub(super) fn disk(files: &FileSettings) -> Finding {
    let FileSettings::Folder(folder) = files else {
        return Finding::skipped("disk", "files are in a bucket");
    };
    // The folder is created with the first file.
    let existing = folder.ancestors().find(|path| path.is_dir()).unwrap_or(folder);
    match statvfs(existing) {
        Ok(figures) => {
            let size = figures.fragment_size();
            let bytes = |blocks: u64| blocks.saturating_mul(size);
            judge::disk(&folder.display().to_string(), bytes(figures.blocks_available()), bytes(figures.blocks()))
        }
        Err(error) => Finding::skipped("disk", format!("free space can't be read: {error}")),
    }
}
