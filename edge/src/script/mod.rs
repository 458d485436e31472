//! The on-page script.
