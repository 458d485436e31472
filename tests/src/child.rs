//! Processes that tests start: each in a group of its own that dies with the test process, however that ends.
//!
//! A small shell holds the other end of a pipe from us and kills the group when the pipe closes, which the kernel does
//! for us even when we are killed.

use std::{
    fs,
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{self, Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{Signal, kill, killpg},
    unistd::Pid,
};

/// How long a busy machine may take to end a process that was asked to.
const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Debug)]
pub struct Child {
    name: &'static str,
    child: process::Child,
    watchdog: process::Child,
    log: PathBuf,
}

impl Child {
    /// Starts a program whose output is appended to `log`.
    pub fn start(name: &'static str, command: Command, log: &Path) -> Self {
        Self::start_with_input(name, command, Stdio::null(), log)
    }

    /// The same, with something to read from.
    pub fn start_with_input(name: &'static str, mut command: Command, input: Stdio, log: &Path) -> Self {
        let out = fs::File::options().create(true).append(true).open(log).unwrap();
        command.stdin(input).stdout(out.try_clone().unwrap()).stderr(out).process_group(0);
        let child = command.spawn().unwrap_or_else(|error| {
            panic!("can't start {name} ({}): {error}; run `cargo xtask test`", command.get_program().display())
        });
        let watchdog = Command::new("sh")
            .args(["-c", r#"cat >/dev/null; kill -9 "-$1""#, "watchdog", &child.id().to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .unwrap();
        Self { name, child, watchdog, log: log.to_path_buf() }
    }

    fn group(&self) -> Pid {
        Pid::from_raw(i32::try_from(self.child.id()).unwrap())
    }

    /// How it ended, if it did.
    pub fn exited(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().unwrap()
    }

    /// `kill -9` of the whole group, at once.
    pub fn kill(&mut self) {
        // The watchdog goes first: once the group is gone, its number may be somebody else's.
        let _ = self.watchdog.kill();
        let _ = self.watchdog.wait();
        let _ = killpg(self.group(), Signal::SIGKILL);
        let _ = self.child.wait();
    }

    /// Asks it to end, as a supervisor does, and waits.
    pub fn stop(&mut self) {
        let _ = kill(self.group(), Signal::SIGTERM);
        let started = Instant::now();
        while self.exited().is_none() && started.elapsed() < PATIENCE {
            std::thread::sleep(Duration::from_millis(10));
        }
        self.kill();
    }

    /// The signal goes to the program itself, not to its children.
    pub fn signal(&self, signal: Signal) {
        let _ = kill(self.group(), signal);
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The end of its log, for a failure's message.
    pub fn last_words(&self) -> String {
        last_lines(&self.log, 30)
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        self.kill();
    }
}

pub fn last_lines(log: &Path, count: usize) -> String {
    let text = String::from_utf8_lossy(&fs::read(log).unwrap_or_default()).into_owned();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}
