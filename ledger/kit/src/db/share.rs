//! How many connections requests and jobs have.

/// The maximum number of connections for requests and for jobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    pub requests: u32,
    pub jobs: u32,
}

impl Share {
    /// Three eighths for jobs; at least two, as some jobs hold two at a time.
    pub fn of(connections: u32) -> Self {
        let jobs = (connections * 3 / 8).max(2);
        Self { requests: connections.saturating_sub(jobs).max(2), jobs }
    }

    /// For a command, which runs no jobs.
    pub const fn command(connections: u32) -> Self {
        Self { requests: connections, jobs: 1 }
    }
}

/// The number of idle and of busy connections.
#[derive(Debug, Clone, Copy)]
pub struct PoolSize {
    pub idle: u32,
    pub busy: u32,
}
