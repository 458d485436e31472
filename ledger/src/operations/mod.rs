//! What keeps the process observable and honest: request ids and logs, health, metrics, scheduled maintenance, and the
//! doors that only development has.

pub mod dead_letters;
pub mod dev;
pub mod docs;
pub mod emails;
pub mod health;
pub mod maintenance;
pub mod metrics;
pub mod security_txt;
