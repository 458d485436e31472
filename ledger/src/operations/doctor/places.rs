//! Checks of what is around the ledger: its public address, the email server and the storage of files.

use kit::{
    clock::Clock,
    config::{Config, files::FileSettings},
    error::request_failure,
    mail::probe,
    storage::{Storage, StorageError},
};
use reqwest::Client;
use serde_json::Value;
use shared::id::{FileId, OrganizationId};

use super::finding::Finding;

const PUBLIC: &str = "public address";
const EMAIL: &str = "email";
const FILES: &str = "files";
const CONTENT: &[u8] = b"written by `rekomi doctor`";

/// Whether the ledger is reached where people reach it: DNS, TLS, the proxy and the process.
pub(super) async fn public_address(config: &Config, http: Option<&Client>) -> Finding {
    let url = &config.public_url;
    if url.starts_with("http://") && !config.environment.is_development() {
        let cure = "put a proxy with TLS in front of the ledger, and set REKOMI_PUBLIC_URL to its https:// address";
        return Finding::failed(PUBLIC, format!("{url} isn't encrypted, so browsers don't keep sessions"), cure);
    }
    let Some(http) = http else {
        return Finding::skipped(PUBLIC, "no requests are possible without CA certificates");
    };
    match http.get(format!("{url}/healthz")).send().await {
        Ok(response) => {
            let status = response.status();
            let health: Value = response.json().await.unwrap_or_default();
            if status.is_success() && health["status"] == "ok" {
                return Finding::passed(PUBLIC, format!("the ledger responded at {url}"));
            }
            let cure = "start the ledger, and point the proxy at its address (REKOMI_LISTEN)";
            Finding::failed(PUBLIC, format!("{url} responded with {status}, and not as a ledger does"), cure)
        }
        Err(error) => Finding::failed(
            PUBLIC,
            format!("{url} isn't reachable: {}", request_failure(error)),
            "set the DNS record of this host, and start the proxy with a certificate for it",
        ),
    }
}

/// Whether the email server takes connections. Nothing is sent.
pub(super) async fn email(config: &Config, has_certificates: bool) -> Finding {
    let Some(server) = &config.mail.server else {
        return Finding::skipped(EMAIL, "REKOMI_SMTP_URL isn't set: emails wait in the database");
    };
    if !has_certificates {
        return Finding::skipped(EMAIL, "no connection is possible without CA certificates");
    }
    match probe::connect(server).await {
        Ok(()) => Finding::passed(EMAIL, "the server greeted us; nothing was sent"),
        Err(reason) => Finding::failed(
            EMAIL,
            format!("the email server can't be used: {reason}"),
            "check host, port, user and password in REKOMI_SMTP_URL, and whether your hoster blocks that port",
        ),
    }
}

/// Stores an object, reads it and deletes it.
pub(super) async fn files(config: &Config) -> Finding {
    let storage = Storage::new(config.files.clone());
    match round_trip(&storage).await {
        Ok(true) => Finding::passed(FILES, "an object was stored, read and deleted"),
        Ok(false) => {
            Finding::failed(FILES, "an object came back changed", "use storage that returns what was stored in it")
        }
        Err(error) => {
            let cure = match &config.files {
                FileSettings::Folder(_) => "make the folder writable for the ledger's user, or set REKOMI_FILES",
                FileSettings::S3(_) => {
                    "check REKOMI_FILES and REKOMI_S3_…: the keys must be able to put, get and delete"
                }
            };
            Finding::failed(FILES, error.to_string(), cure)
        }
    }
}

async fn round_trip(storage: &Storage) -> Result<bool, StorageError> {
    let now = Clock::default().wall().millis().unsigned_abs();
    // An organization that doesn't exist.
    let (organization, id) = (OrganizationId::v7(now, &rand::random()), FileId::v7(now, &rand::random()));
    storage.put(organization, id, CONTENT.to_vec()).await?;
    let read = storage.get(organization, id).await;
    storage.delete(organization, id).await?;
    Ok(read? == CONTENT)
}
