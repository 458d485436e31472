//! Manages long-running processes: each has its own process group, so that it can be ended with all its children, and
//! is noted in a file, so that the next run can end what a `kill -9` of this one left behind.

use anyhow::{Context, Result, bail};
use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;
use std::fs;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How long a process may take to end on its own.
const PATIENCE: Duration = Duration::from_secs(10);

/// A running program with its children; it ends when dropped.
#[derive(Debug)]
pub(crate) struct Process {
    pub(crate) name: &'static str,
    pub(crate) log: PathBuf,
    child: Child,
    ask: Signal,
}

impl Process {
    /// Starts a program whose output goes to `log`; `ask` is the signal that ends it cleanly.
    pub(crate) fn start(name: &'static str, mut command: Command, log: &Path, ask: Signal) -> Result<Self> {
        if let Some(dir) = log.parent() {
            fs::create_dir_all(dir)?;
        }
        let out = fs::File::create(log).with_context(|| format!("can't write {}", log.display()))?;
        let err = out.try_clone()?;
        command.stdin(Stdio::null()).stdout(out).stderr(err).process_group(0);
        let child = command.spawn().with_context(|| format!("can't start {name}"))?;
        Ok(Self { name, log: log.to_path_buf(), child, ask })
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn exited(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    /// Waits until `ready` returns true; the error contains the last lines of the log.
    pub(crate) fn wait_until(
        &mut self,
        patience: Duration,
        interrupt: &Interrupt,
        ready: impl Fn() -> bool,
    ) -> Result<()> {
        let started = Instant::now();
        while !ready() {
            let tail = || crate::run::tail_of(&self.log, 15);
            interrupt.check()?;
            if let Ok(Some(status)) = self.child.try_wait() {
                bail!(
                    "{} stopped while starting ({status}); its last lines ({}):\n{}",
                    self.name,
                    self.log.display(),
                    tail()
                );
            }
            if started.elapsed() > patience {
                bail!(
                    "{} isn't ready after {} s; its last lines ({}):\n{}",
                    self.name,
                    patience.as_secs(),
                    self.log.display(),
                    tail()
                );
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }

    fn group(&self) -> Pid {
        Pid::from_raw(i32::try_from(self.child.id()).unwrap_or(i32::MAX))
    }

    fn end(&mut self) {
        let _ = kill(self.group(), self.ask);
        let started = Instant::now();
        while self.exited().is_none() && started.elapsed() < PATIENCE {
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = killpg(self.group(), Signal::SIGKILL);
        let _ = self.child.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end();
    }
}

/// Catches Ctrl-C, SIGTERM and a closed terminal, so that this process doesn't die and leave children behind.
#[derive(Debug, Clone)]
pub(crate) struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    pub(crate) fn listen() -> Result<Self> {
        let flag = Arc::new(AtomicBool::new(false));
        for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM, signal_hook::consts::SIGHUP] {
            signal_hook::flag::register(signal, Arc::clone(&flag)).context("can't listen for signals")?;
        }
        Ok(Self(flag))
    }

    pub(crate) fn happened(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    pub(crate) fn check(&self) -> Result<()> {
        if self.happened() { bail!("interrupted") } else { Ok(()) }
    }
}

/// The list of running processes. One line per process: its group, and a text that its command line contains.
#[derive(Debug)]
pub(crate) struct Notebook {
    path: PathBuf,
}

impl Notebook {
    /// Opens the list for this run; refuses while an earlier run is still alive.
    pub(crate) fn open(path: &Path, what: &str) -> Result<Self> {
        if let Some(pid) = sweep(path) {
            bail!(
                "`cargo xtask {what}` is already running in this checkout (process {pid}): stop it with Ctrl-C, or run `kill {pid}`"
            );
        }
        let book = Self { path: path.to_path_buf() };
        let me = std::env::current_exe().context("can't determine the current program")?;
        let name = me.file_name().map_or_else(|| "xtask".to_owned(), |name| name.to_string_lossy().into_owned());
        book.append(std::process::id(), &name)?;
        Ok(book)
    }

    /// Adds a process to the list; `needle` must be specific to this checkout.
    pub(crate) fn note(&self, process: &Process, needle: &Path) -> Result<()> {
        self.append(process.child.id(), &needle.display().to_string())
    }

    fn append(&self, group: u32, needle: &str) -> Result<()> {
        use std::io::Write;
        if let Some(dir) = self.path.parent() {
            fs::create_dir_all(dir)?;
        }
        let mut file = fs::OpenOptions::new().create(true).append(true).open(&self.path)?;
        writeln!(file, "{group}\t{needle}").with_context(|| format!("can't write {}", self.path.display()))
    }
}

impl Drop for Notebook {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

/// Ends what a killed run left behind; returns the run's process id if it is still alive.
pub(crate) fn sweep(path: &Path) -> Option<i32> {
    let text = fs::read_to_string(path).ok()?;
    let running = running();
    // The first line is the run's own process.
    for (index, line) in text.lines().enumerate() {
        let Some((group, needle)) = line.split_once('\t') else { continue };
        let Ok(group) = group.parse::<i32>() else { continue };
        let mut members = running.iter().filter(|one| one.pid == group || one.group == group);
        if !members.any(|one| one.command.contains(needle)) {
            continue;
        }
        if index == 0 {
            return Some(group);
        }
        end_group(group);
    }
    let _ = fs::remove_file(path);
    None
}

/// Ends a process group. SIGINT ends Postgres fast, and everything else too; what is left after that is killed.
fn end_group(group: i32) {
    let group = Pid::from_raw(group);
    let _ = killpg(group, Signal::SIGINT);
    let started = Instant::now();
    while killpg(group, None).is_ok() && started.elapsed() < PATIENCE {
        std::thread::sleep(Duration::from_millis(50));
    }
    let _ = killpg(group, Signal::SIGKILL);
}

struct Running {
    pid: i32,
    group: i32,
    command: String,
}

/// Lists every process: from /proc where it exists (a small Debian has no `ps`), else from `ps`.
fn running() -> Vec<Running> {
    match fs::read_dir("/proc") {
        Ok(entries) => entries.flatten().filter_map(|entry| from_proc(&entry.path())).collect(),
        Err(_) => from_ps().unwrap_or_default(),
    }
}

fn from_proc(dir: &Path) -> Option<Running> {
    let pid = dir.file_name()?.to_str()?.parse().ok()?;
    let stat = fs::read_to_string(dir.join("stat")).ok()?;
    // "pid (name) state parent group ...", and the name may contain anything.
    let mut fields = stat.rsplit_once(") ")?.1.split(' ');
    if fields.next()? == "Z" {
        return None;
    }
    let group = fields.nth(1)?.parse().ok()?;
    let command = String::from_utf8_lossy(&fs::read(dir.join("cmdline")).ok()?).replace('\0', " ");
    Some(Running { pid, group, command })
}

fn from_ps() -> Option<Vec<Running>> {
    let output = Command::new("ps").args(["-axo", "pid=,pgid=,command="]).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let parse = |line: &str| {
        let (pid, rest) = line.trim_start().split_once(' ')?;
        let (group, command) = rest.trim_start().split_once(' ')?;
        Some(Running { pid: pid.parse().ok()?, group: group.parse().ok()?, command: command.to_owned() })
    };
    Some(text.lines().filter_map(parse).collect())
}
