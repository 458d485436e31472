//! Vendors: their published formats, checked with vectors that our own code did not make.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that can't go on stops where it is")]

mod braintree_shapes;
mod braintree_signature;
mod crm;
mod crm_activecampaign;
mod crm_beehiiv;
mod crm_braze;
mod crm_brevo;
mod crm_changes;
mod crm_consent;
mod crm_creates;
mod crm_customer_io;
mod crm_drip;
mod crm_emailoctopus;
mod crm_iterable;
mod crm_kit;
mod crm_klaviyo;
mod crm_mailchimp;
mod crm_mailerlite;
mod crm_omnisend;
mod crm_ontraport;
mod crm_pace;
mod crm_vero;
mod paddle_shapes;
mod paddle_signature;
mod stripe_connect;
mod stripe_connect_accounts;
mod stripe_connect_events;
mod stripe_connect_fault;
mod stripe_connect_moods;
mod stripe_connect_payout;
mod stripe_connect_wire;
mod stripe_money;
mod stripe_shapes;
mod stripe_signature;
