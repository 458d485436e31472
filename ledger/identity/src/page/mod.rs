//! The frame of the dashboard, which says who is signed in where.

pub mod frame;
