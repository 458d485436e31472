//! An affiliate's page of links, `/l/{handle}/{slug}`: up to ten of their links and coupons on one public page, for
//! profiles with room for a single link. It is off until the affiliate switches it on in the portal ([`edit`]).
//!
//! The page can only lead to the brand's own site, since it shows links and coupons of the brand's program and nothing
//! else: what affiliates write is their name and one line without addresses. The handle is that of the brand's oldest
//! published program page, whose color it has; without one there is no page.

pub mod edit;
pub mod show;
pub mod store;
