//! What a process of ours holds in memory.

/// Resident, in kilobytes; 0 where the system doesn't say.
pub fn of(process: u32) -> u64 {
    field(process, "VmRSS:")
}

/// The part of it that isn't the program's file, whose pages are read as they are needed; 0 where the system doesn't say.
pub fn allocated(process: u32) -> u64 {
    field(process, "RssAnon:")
}

fn field(process: u32, name: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with(name)).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|number| number.parse().ok()).unwrap_or_default()
}
