//! A portal in a process of its own, and the simplest of clients.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

const PROGRAM: &str = env!("CARGO_BIN_EXE_cnss-portal");
/// How long anything here may take, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// Runs the program to its end.
pub fn run(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(PROGRAM);
    command.env_clear().current_dir(folder).args(arguments).stdin(Stdio::null()).output().expect("it runs")
}

/// The code with which it ended, and all that it said.
pub fn said(output: &Output) -> (Option<i32>, String) {
    let text = [output.stdout.as_slice(), output.stderr.as_slice()].concat();
    (output.status.code(), String::from_utf8(text).expect("text"))
}

/// A portal that serves.
pub struct Portal {
    child: Child,
    lines: Receiver<String>,
    log: Vec<String>,
    /// Where it serves, and where its measures are.
    pub address: String,
    pub measures: String,
}

impl Portal {
    pub fn start(folder: &Path, database: &str, demo: &str) -> Self {
        Self::start_with(folder, database, demo, &[])
    }

    /// The same, with some variables.
    pub fn start_with(folder: &Path, database: &str, demo: &str, variables: &[(&str, &str)]) -> Self {
        // Without the demonstration, books are made by whoever asks for that.
        if demo == "non" {
            let (code, text) = said(&run(folder, &["migrate", "--database-url", database]));
            assert_eq!(code, Some(0), "{text}");
        }
        let mut command = Command::new(PROGRAM);
        command.env_clear().envs(variables.iter().copied()).current_dir(folder).stdin(Stdio::null());
        command.args(["--listen", "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0", "--demo", demo]);
        command.args(["--database-url", database, "--log-format", "json"]);
        command.args(["--log", "info,cnss_http::watch=debug"]);
        if database.starts_with("postgres") {
            command.env("CNSS_CODE_KEY", "c0de".repeat(16));
        }
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
        let (send, lines) = channel();
        let streams: [Box<dyn std::io::Read + Send>; 2] =
            [Box::new(child.stdout.take().expect("piped")), Box::new(child.stderr.take().expect("piped"))];
        for stream in streams {
            let send = send.clone();
            std::thread::spawn(move || {
                for line in BufReader::new(stream).lines().map_while(Result::ok) {
                    if send.send(line).is_err() {
                        return;
                    }
                }
            });
        }
        let mut portal =
            Self { child, lines, log: Vec::new(), address: String::new(), measures: String::new() };
        let address = |line: &str| {
            let (_, after) = line.split_once("127.0.0.1:")?;
            let port: String = after.chars().take_while(char::is_ascii_digit).collect();
            Some(format!("127.0.0.1:{port}"))
        };
        portal.address = address(&portal.wait_for("Le portail est prêt")).expect("an address");
        portal.measures = address(&portal.wait_for("mesures pour Prometheus")).expect("an address");
        portal
    }

    /// The first line that it says with these words; its two streams come in no order.
    pub fn wait_for(&mut self, words: &str) -> String {
        if let Some(line) = self.log.iter().find(|line| line.contains(words)) {
            return line.clone();
        }
        let end = Instant::now() + PATIENCE;
        while let Some(left) = end.checked_duration_since(Instant::now()) {
            let Ok(line) = self.lines.recv_timeout(left) else { break };
            self.log.push(line.clone());
            if line.contains(words) {
                return line;
            }
        }
        panic!("it did not say « {words} »: {:#?}", self.log)
    }

    /// Asks it to stop; gives the code with which it ended and all that it said.
    pub fn stop(mut self) -> (Option<i32>, Vec<String>) {
        let sent = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        assert!(sent.expect("a signal").success());
        let end = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().expect("a child") {
                let rest: Vec<String> = self.lines.iter().collect();
                self.log.extend(rest);
                return (status.code(), std::mem::take(&mut self.log));
            }
            assert!(Instant::now() < end, "it does not stop");
            std::thread::park_timeout(Duration::from_millis(20));
        }
    }
}

impl Drop for Portal {
    fn drop(&mut self) {
        let _killed = self.child.kill();
        let _waited = self.child.wait();
    }
}

/// What an address answers: the status, and everything that was said.
pub fn get(address: &str, path: &str) -> (u16, String) {
    ask(address, &format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"))
}

/// What an address answers to a form.
pub fn post(address: &str, path: &str, form: &str) -> (u16, String) {
    let head = "Host: localhost\r\nConnection: close\r\nContent-Type: application/x-www-form-urlencoded";
    let length = form.len();
    ask(address, &format!("POST {path} HTTP/1.1\r\n{head}\r\nContent-Length: {length}\r\n\r\n{form}"))
}

/// What an address answers to JSON.
pub fn post_json(address: &str, path: &str, json: &str) -> (u16, String) {
    let head = "Host: localhost\r\nConnection: close\r\nContent-Type: application/json";
    let length = json.len();
    ask(address, &format!("POST {path} HTTP/1.1\r\n{head}\r\nContent-Length: {length}\r\n\r\n{json}"))
}

fn ask(address: &str, request: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).expect("connected");
    stream.set_read_timeout(Some(PATIENCE)).expect("a limit");
    stream.write_all(request.as_bytes()).expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("answered");
    let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
    (status, answer)
}
