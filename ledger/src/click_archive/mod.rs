//! Old clicks in object storage. A month of clicks becomes one Parquet file for each organization, encrypted with a key of
//! its own; then the month's partition is dropped.
//!
//! **An archive that doesn't verify is never followed by a drop.** What is written is read back completely from the
//! storage and compared with what the table returned: size, seal and SHA-256 of the object, number of clicks, a digest for
//! each column. Postgres compares for itself, under the locks of the drop, that the table still has the very clicks that
//! were read back, for every organization (`rekomi_remove_archived_month`).
//!
//! The figures that pages show come from roll-ups, which an archive leaves as they are. Clicks that evidence of sales
//! refers to stay in the table, so that people's data and receipts have them; the book never depends on raw clicks. A click
//! that arrives for an archived month can't be compared with those that were counted, and goes to quarantine: after a
//! restore it can be applied like any other.

pub mod archive;
pub mod cleanup;
pub mod command;
pub mod format;
pub mod job;
pub mod month;
pub mod object;
pub mod partition_store;
pub mod purge;
pub mod restore;
pub mod row;
pub mod rows_store;
pub mod scratch;
pub mod store;
pub mod verify;

const TABLE: &str = "click_archives";
/// The column that contains an archive's key.
const KEY: &str = "sealed_key";
