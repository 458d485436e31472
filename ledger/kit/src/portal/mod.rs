//! A brand's colour in the portal.

pub mod colour;
