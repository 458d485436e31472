//! A brand's color in the portal.

pub mod color;
