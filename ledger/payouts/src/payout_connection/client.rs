//! Calls Stripe with a brand's key.

pub use kit::stripe::call;
