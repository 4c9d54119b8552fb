//! A PostgreSQL server of a test's own: made in a temporary folder from the machine's binaries,
//! listening on loopback only, and gone with the value or the process that holds it, however
//! that process ends.
//!
//! The binaries are looked for in `$CNSS_PG_BIN`, in `$PATH`, then in Debian's folders, the newest
//! first. The one rule to remember: where there are none, the test fails and says so; nothing is
//! skipped.

use std::ffi::OsStr;
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

/// Why there is no server.
#[derive(Debug, thiserror::Error)]
pub enum NoServer {
    /// The machine has no PostgreSQL.
    #[error("no PostgreSQL was found: install it (Debian: postgresql), or say where in CNSS_PG_BIN")]
    NotInstalled,
    /// Something went wrong on the way.
    #[error("PostgreSQL does not start: {0}")]
    Failed(String),
    /// The system said no.
    #[error("PostgreSQL does not start: {0}")]
    System(#[from] std::io::Error),
}

/// Whether a commit waits for the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disk {
    /// No: for tests of what the books say.
    Fast,
    /// Yes: for measuring, and for tests that pull the plug.
    Safe,
}

/// A running server.
#[derive(Debug)]
pub struct Server {
    folder: PathBuf,
    bin: PathBuf,
    port: u16,
    disk: Disk,
    child: Option<Child>,
    watch: Watch,
}

/// A shell that waits until this process is gone, then stops the server and removes its folder:
/// a server in a `static` is never dropped, and a test that is killed drops nothing.
#[derive(Debug)]
struct Watch {
    child: Child,
    alive: Option<ChildStdin>,
}

const WATCH: &str = "trap '' INT TERM; cat > /dev/null; \
                     [ -f \"$1/data/postmaster.pid\" ] && kill -QUIT \"$(head -n 1 \"$1/data/postmaster.pid\")\"; \
                     sleep 0.2; rm -rf \"$1\"";

impl Watch {
    fn over(folder: &Path) -> Result<Self, NoServer> {
        let mut command = Command::new("sh");
        command.args(["-c", WATCH, "watch"]).arg(folder);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        let alive = child.stdin.take();
        Ok(Self { child, alive })
    }
}

/// A user that PostgreSQL agrees to run as: it refuses root.
fn other_user() -> Option<(u32, u32)> {
    let passwd = std::fs::read_to_string("/etc/passwd").ok()?;
    let entry = |name: &str| {
        let line = passwd.lines().find(|line| line.split(':').next() == Some(name))?;
        let mut fields = line.split(':').skip(2);
        Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
    };
    entry("postgres").or_else(|| entry("nobody"))
}

fn is_root() -> bool {
    // The owner of this process's own folder: no crate is needed to ask for it.
    std::fs::metadata("/proc/self").is_ok_and(|m| std::os::unix::fs::MetadataExt::uid(&m) == 0)
}

/// The folder that holds `initdb` and `postgres`.
fn binaries() -> Option<PathBuf> {
    let holds = |folder: &Path| ["initdb", "postgres", "psql"].iter().all(|name| folder.join(name).is_file());
    let named = std::env::var_os("CNSS_PG_BIN").map(PathBuf::from);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let debian = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut versions: Vec<(u32, PathBuf)> = debian
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .collect();
    versions.sort_by_key(|(version, _)| std::cmp::Reverse(*version));
    let found = named.into_iter().chain(std::env::split_paths(&path));
    found.chain(versions.into_iter().map(|(_, folder)| folder)).find(|folder| holds(folder))
}

impl Server {
    /// Makes a cluster and starts it.
    ///
    /// # Errors
    /// [`NoServer`], which says what is missing.
    pub fn start(disk: Disk) -> Result<Self, NoServer> {
        let bin = binaries().ok_or(NoServer::NotInstalled)?;
        let folder = tempfile::Builder::new().prefix("cnss-postgres-").tempdir()?.keep();
        let watch = Watch::over(&folder)?;
        std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o700))?;
        if is_root() {
            let (uid, gid) =
                other_user().ok_or_else(|| NoServer::Failed("there is no user but root".to_owned()))?;
            chown(&folder, Some(uid), Some(gid))?;
        }
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let mut server = Self { folder, bin, port, disk, child: None, watch };
        let made = server
            .command("initdb")
            .args(["-A", "trust", "-U", "cnss", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync", "-D"])
            .arg(server.data())
            .stdout(Stdio::null())
            .output()?;
        if !made.status.success() {
            return Err(NoServer::Failed(String::from_utf8_lossy(&made.stderr).into_owned()));
        }
        server.run()?;
        Ok(server)
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(self.bin.join(program.as_ref()));
        // The client looks for certificates at home, where this user may have no right to look.
        command.current_dir(&self.folder).env("HOME", &self.folder).stdin(Stdio::null());
        if is_root()
            && let Some((uid, gid)) = other_user()
        {
            command.uid(uid).gid(gid);
        }
        command
    }

    /// Starts it again, after [`stop`](Self::stop) or [`kill`](Self::kill).
    ///
    /// # Errors
    /// [`NoServer`] when it does not answer within thirty seconds.
    pub fn run(&mut self) -> Result<(), NoServer> {
        let log = std::fs::File::create(self.folder.join("log"))?;
        let mut command = self.command("postgres");
        command.arg("-D").arg(self.data()).arg("-k").arg(&self.folder);
        command.args(["-p", &self.port.to_string(), "-c", "listen_addresses=127.0.0.1"]);
        command.args(["-c", "max_connections=200"]);
        if self.disk == Disk::Fast {
            command.args(["-c", "fsync=off", "-c", "full_page_writes=off", "-c", "synchronous_commit=off"]);
        }
        let mut child = command.stdout(Stdio::null()).stderr(log).spawn()?;
        let end = Instant::now() + Duration::from_secs(30);
        let mut said = String::new();
        while Instant::now() < end {
            if TcpStream::connect(("127.0.0.1", self.port)).is_ok() {
                match self.psql("postgres", "SELECT 1") {
                    Ok(_) => {
                        self.child = Some(child);
                        return Ok(());
                    }
                    Err(error) => said = error.to_string(),
                }
            }
            if child.try_wait()?.is_some() {
                break;
            }
            std::thread::park_timeout(Duration::from_millis(20));
        }
        let _killed = child.kill();
        let _waited = child.wait();
        let log = std::fs::read_to_string(self.folder.join("log")).unwrap_or_default();
        Err(NoServer::Failed(format!("{said}\n{log}")))
    }

    /// The process of the server.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.child.as_ref().map(Child::id)
    }

    /// Stops it at once, as a machine that is switched off properly does.
    ///
    /// # Errors
    /// When the signal cannot be sent.
    pub fn stop(&mut self) -> Result<(), NoServer> {
        self.signal("INT")
    }

    /// Kills it, as a machine that loses its power does.
    ///
    /// # Errors
    /// When the signal cannot be sent.
    pub fn kill(&mut self) -> Result<(), NoServer> {
        self.signal("QUIT")
    }

    fn signal(&mut self, signal: &str) -> Result<(), NoServer> {
        let Some(mut child) = self.child.take() else { return Ok(()) };
        let sent = Command::new("kill").arg(format!("-{signal}")).arg(child.id().to_string()).status();
        if !sent.is_ok_and(|status| status.success()) {
            child.kill()?;
        }
        child.wait()?;
        Ok(())
    }

    /// Starts it again as one that speaks to others through TLS alone, with this certificate and its key.
    ///
    /// # Errors
    /// [`NoServer`] when it does not start with them.
    pub fn only_encrypted(&mut self, certificate: &str, key: &str) -> Result<(), NoServer> {
        self.stop()?;
        let rules = "hostssl all all 127.0.0.1/32 trust\n";
        for (name, text) in [("server.crt", certificate), ("server.key", key), ("pg_hba.conf", rules)] {
            let path = self.data().join(name);
            std::fs::write(&path, text)?;
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))?;
            if let Some((uid, gid)) = other_user().filter(|_| is_root()) {
                chown(&path, Some(uid), Some(gid))?;
            }
        }
        let settings = self.data().join("postgresql.auto.conf");
        std::fs::write(settings, "ssl = on\n")?;
        self.run()
    }

    /// Stops its processes where they stand, as the loss of its machine looks from elsewhere: nothing is
    /// answered and nothing refused. Only those that serve a session, or all.
    ///
    /// # Errors
    /// When they cannot be found, or the signal cannot be sent.
    pub fn freeze(&self, only_sessions: bool) -> Result<(), NoServer> {
        self.to_processes("STOP", only_sessions)
    }

    /// Lets them go on.
    ///
    /// # Errors
    /// When they cannot be found, or the signal cannot be sent.
    pub fn thaw(&self) -> Result<(), NoServer> {
        self.to_processes("CONT", false)
    }

    fn to_processes(&self, signal: &str, only_sessions: bool) -> Result<(), NoServer> {
        let Some(server) = self.pid() else { return Ok(()) };
        let mut processes: Vec<String> = Vec::new();
        if !only_sessions {
            processes.push(server.to_string());
        }
        for entry in std::fs::read_dir("/proc")?.flatten() {
            // A process that ended meanwhile is none.
            let Ok(status) = std::fs::read_to_string(entry.path().join("status")) else { continue };
            let parent = status.lines().find_map(|line| line.strip_prefix("PPid:"));
            if parent.map(str::trim) != Some(server.to_string().as_str()) {
                continue;
            }
            let title = std::fs::read_to_string(entry.path().join("cmdline")).unwrap_or_default();
            if !only_sessions || title.starts_with("postgres: cnss ") {
                processes.extend(entry.file_name().to_str().map(str::to_owned));
            }
        }
        if processes.is_empty() {
            return Ok(());
        }
        let sent = Command::new("kill").arg(format!("-{signal}")).args(&processes).output()?;
        if !sent.status.success() {
            return Err(NoServer::Failed(String::from_utf8_lossy(&sent.stderr).into_owned()));
        }
        Ok(())
    }

    /// The address of a database.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        format!("postgres://cnss@127.0.0.1:{}/{database}", self.port)
    }

    /// Makes an empty database and gives its address.
    ///
    /// # Errors
    /// When the server says no.
    pub fn database(&self, name: &str) -> Result<String, NoServer> {
        self.psql("postgres", &format!("CREATE DATABASE {name}"))?;
        Ok(self.url(name))
    }

    /// Runs a statement with PostgreSQL's own client, and gives what it prints.
    ///
    /// # Errors
    /// What the server says.
    pub fn psql(&self, database: &str, sql: &str) -> Result<String, NoServer> {
        let done = self
            .command("psql")
            .args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-U", "cnss"])
            .args(["-p", &self.port.to_string(), "-d", database, "-c", sql])
            .output()?;
        if !done.status.success() {
            return Err(NoServer::Failed(String::from_utf8_lossy(&done.stderr).into_owned()));
        }
        Ok(String::from_utf8_lossy(&done.stdout).trim_end().to_owned())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _stopped = self.signal("QUIT");
        drop(self.watch.alive.take());
        let _gone = self.watch.child.wait();
    }
}
