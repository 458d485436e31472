//! How much processor time a test program took, with all the processes that it started and waited for.

use std::fs;
use std::process::Child;
use std::time::Duration;

use nix::sys::wait::{Id, WaitPidFlag, waitid};
use nix::unistd::Pid;

/// Linux reports hundredths of a second on all common machines (`USER_HZ`).
const MILLIS_PER_TICK: u64 = 10;

/// Waits until the program ends, and leaves it to be waited for. `None` where the system doesn't say (it needs `/proc`).
pub(super) fn of_ending(child: &Child) -> Option<Duration> {
    let id = i32::try_from(child.id()).ok()?;
    waitid(Id::Pid(Pid::from_raw(id)), WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT).ok()?;
    let ticks = ticks(&fs::read_to_string(format!("/proc/{id}/stat")).ok()?)?;
    Some(Duration::from_millis(ticks * MILLIS_PER_TICK))
}

/// Adds up the four times in `/proc/<id>/stat` (`man 5 proc_pid_stat`): user and system, its own and of its children.
fn ticks(line: &str) -> Option<u64> {
    // The name, in parentheses, may contain spaces.
    let (_, fields) = line.rsplit_once(')')?;
    let times: Vec<u64> = fields.split_whitespace().skip(11).take(4).filter_map(|field| field.parse().ok()).collect();
    (times.len() == 4).then(|| times.iter().sum())
}

#[cfg(test)]
mod tests {
    use super::{of_ending, ticks};
    use std::process::Command;

    #[test]
    fn all_four_times_count() {
        let line = "12 (a (b) c) Z 1 12 12 0 -1 4 1 2 3 4 100 20 3000 400 20 0 1 0 55";
        assert_eq!(ticks(line), Some(3520));
        assert_eq!(ticks("12 (a) Z 1"), None);
    }

    #[test]
    fn a_program_can_still_be_waited_for() {
        let mut child = Command::new("true").spawn().unwrap();
        assert!(of_ending(&child).is_some());
        assert!(child.wait().unwrap().success());
    }
}
