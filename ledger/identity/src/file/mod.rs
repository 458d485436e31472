//! Files that a signed-in person may read.

pub mod download;
