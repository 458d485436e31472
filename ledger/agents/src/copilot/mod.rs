//! The co-pilot: a model that an organization connects with its own key answers questions of the people on its team.
//!
//! It calls the tools that assistants call over MCP, in this process and as the person who asks, so it can do what that
//! person can and no more. What reads runs at once; what changes something becomes a [`card`] with its effect as we work it
//! out, which the person confirms or declines on the page ([`decide`]). Names and texts of people stay here by default
//! ([`mask`]), and an answer can't load anything or lead elsewhere ([`render`]).
//!
//! No I/O: [`chat`] (messages), [`wire`] (the two formats of servers), [`sse`], [`history`], [`mask`], [`render`],
//! [`unfinished`] (an answer while it is written), [`step`] (limits), [`system`] (the first instructions) and [`toolset`].
//! Around them: [`connection`], [`provider`] (the
//! requests), [`fill`] (suggestions for forms, without a conversation), [`conversation`] (what is stored, encrypted),
//! [`lease`] (one answer at a time), [`run`] (the loop), `portal` (questions of affiliates), and pages.

pub mod action_store;
pub mod api;
pub mod card;
pub mod chat;
pub mod connection;
pub mod connection_store;
pub mod context;
pub mod conversation;
pub mod dashboard;
pub mod decide;
pub mod export;
pub mod fill;
pub mod history;
pub mod job;
pub mod lease;
mod live;
pub mod mask;
pub mod plan;
mod portal;
pub mod portal_settings;
pub mod probe;
pub mod provider;
pub mod render;
pub mod run;
pub mod sealed;
pub mod settings;
pub mod sse;
pub mod step;
pub mod store;
pub mod system;
pub mod toolset;
pub mod unfinished;
pub mod usage;
pub mod view;
pub mod wire;
