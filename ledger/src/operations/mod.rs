//! What makes the process observable: health, metrics, scheduled maintenance, and the endpoints that only development
//! has. And the commands with which an operator sets it up and looks after it.

pub mod backup;
pub mod dead_letters;
pub mod dev;
pub mod docs;
pub mod doctor;
pub mod emails;
pub mod health;
pub mod health_command;
pub mod init;
pub mod maintenance;
pub mod metrics;
pub mod push_edge_config;
pub mod scale;
pub mod security_txt;
