//! Checks that the email server takes a connection, without sending anything: for `rekomi doctor`.

use std::time::Duration;

use super::smtp;
use crate::config::mail::Server;

const PATIENCE: Duration = Duration::from_secs(20);

/// Connects, greets the server, starts TLS and signs in, as before an email.
///
/// # Errors
/// What the server or the network says; never the password.
pub async fn connect(server: &Server) -> Result<(), String> {
    let transport = smtp::transport(server).map_err(|error| error.to_string())?;
    match tokio::time::timeout(PATIENCE, transport.test_connection()).await {
        Ok(Ok(true)) => Ok(()),
        Ok(Ok(false)) => Err("the server ended the connection after the greeting".to_owned()),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err(format!("the server didn't finish its greeting within {} seconds", PATIENCE.as_secs())),
    }
}
