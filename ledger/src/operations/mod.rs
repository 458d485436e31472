//! What makes the process observable: health, metrics, scheduled maintenance, and the endpoints that only development
//! has.

pub mod dead_letters;
pub mod dev;
pub mod docs;
pub mod emails;
pub mod health;
pub mod maintenance;
pub mod metrics;
pub mod security_txt;
