//! Runs the command, and sends HTTP requests to it.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use cxtrace::generate::Traffic;
use serde_json::Value;

/// The result of a run.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ended {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error} in {self:#?}"))
    }
}

/// The command with these arguments and without the developer's environment.
pub(crate) fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cxtrace"));
    // Samples are named relative to the project's root, as a user names them.
    command.args(arguments).env_clear().current_dir(root()).stdin(Stdio::null());
    command
}

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

pub(crate) fn run(arguments: &[&str]) -> Ended {
    ended(command(arguments), None)
}

pub(crate) fn run_with_input(arguments: &[&str], input: &[u8]) -> Ended {
    ended(command(arguments), Some(input))
}

pub(crate) fn run_with(arguments: &[&str], variables: &[(&str, &str)]) -> Ended {
    let mut command = command(arguments);
    command.envs(variables.iter().copied());
    ended(command, None)
}

fn ended(mut command: Command, input: Option<&[u8]>) -> Ended {
    if input.is_some() {
        command.stdin(Stdio::piped());
    }
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    if let Some(input) = input {
        child.stdin.take().unwrap().write_all(input).unwrap();
    }
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ended { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

/// A folder for one test.
pub(crate) struct Folder(tempfile::TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self, name: &str) -> String {
        self.0.path().join(name).to_str().unwrap().to_owned()
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path = self.path(name);
        std::fs::create_dir_all(Path::new(&path).parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        path
    }
}

pub(crate) fn sample(name: &str) -> String {
    std::fs::read_to_string(root().join("events/genesys/attributes").join(name)).unwrap()
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(bytes).unwrap();
    packed.finish().unwrap()
}

/// The events of `traffic`, one on each line.
pub(crate) fn lines(traffic: &Traffic) -> Vec<String> {
    traffic.events().map(|event| event.json).collect()
}

/// The correct counts of `traffic`: the total of each metric's name.
pub(crate) fn truth(traffic: &Traffic) -> BTreeMap<String, u64> {
    let mut totals = BTreeMap::new();
    for ((flow, metric), total) in traffic.expected().totals() {
        let (series, _) = cxtrace_settings::metrics::default_template().series(flow, metric, None);
        *totals.entry(series.name().to_owned()).or_default() += total;
    }
    totals
}

/// The totals of flow metrics in a list of `metrics`.
pub(crate) fn totals(metrics: &Value) -> BTreeMap<String, u64> {
    let mut totals = BTreeMap::new();
    for point in metrics.as_array().unwrap() {
        let name = point["metric"].as_str().unwrap();
        if !name.starts_with("cxtrace.") {
            *totals.entry(name.to_owned()).or_default() += point["value"].as_u64().unwrap();
        }
    }
    totals
}

/// The total of one of Cxtrace's own counts in a list of `metrics`.
pub(crate) fn own(metrics: &Value, name: &str) -> u64 {
    let points = metrics.as_array().unwrap().iter().filter(|point| point["metric"] == name);
    points.map(|point| point["value"].as_u64().unwrap()).sum()
}

/// A command that keeps running, and is killed when it is dropped.
pub(crate) struct Up {
    child: Child,
    pub(crate) port: u16,
}

impl Up {
    /// Starts it and waits until it prints its address.
    pub(crate) fn start(arguments: &[&str]) -> Self {
        Self::start_with(arguments, &[])
    }

    /// The same with these variables.
    pub(crate) fn start_with(arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        let mut command = command(arguments);
        command.envs(variables.iter().copied());
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        let mut greeting = String::new();
        let port = loop {
            let mut line = String::new();
            assert_ne!(stderr.read_line(&mut line).unwrap(), 0, "it ended: {greeting}");
            greeting += &line;
            if let Some((_, rest)) = line.split_once("http://127.0.0.1:") {
                break rest.split(|c: char| !c.is_ascii_digit()).next().unwrap().parse().unwrap();
            }
        };
        // Later output must not fill the pipe.
        std::thread::spawn(move || std::io::copy(&mut stderr, &mut std::io::sink()));
        Self { child, port }
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub(crate) fn get(&self, path: &str) -> (u16, String) {
        request(self.port, &format!("GET {path} HTTP/1.1"), "", b"").unwrap()
    }

    /// The status and body of any request, with these headers.
    pub(crate) fn ask(&self, line: &str, headers: &str, body: &[u8]) -> (u16, String) {
        request(self.port, line, headers, body).unwrap()
    }

    pub(crate) fn metrics(&self) -> Value {
        serde_json::from_str(&self.get("/metrics").1).unwrap()
    }

    /// The status and document of `POST /events`; `None` without a complete response.
    pub(crate) fn try_post(&self, headers: &str, body: &[u8]) -> Option<(u16, Value)> {
        let (status, body) = request(self.port, "POST /events HTTP/1.1", headers, body)?;
        Some((status, serde_json::from_str(&body).ok()?))
    }

    pub(crate) fn post(&self, body: &str) -> (u16, Value) {
        self.try_post("", body.as_bytes()).unwrap()
    }

    /// Kills it at once.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks it to stop, and returns its exit code.
    pub(crate) fn stop(mut self) -> Option<i32> {
        let asked = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(asked.success());
        self.child.wait().unwrap().code()
    }

    /// As [`Self::stop`]; `None` if it takes longer than `limit`.
    pub(crate) fn stop_within(self, limit: Duration) -> Option<i32> {
        let (ended, code) = mpsc::channel();
        let id = self.id();
        std::thread::spawn(move || ended.send(self.stop()));
        let code = code.recv_timeout(limit).ok().flatten();
        if code.is_none() {
            drop(Command::new("kill").args(["-KILL", &id.to_string()]).status());
        }
        code
    }
}

impl Drop for Up {
    fn drop(&mut self) {
        // It may have ended already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn request(port: u16, line: &str, headers: &str, body: &[u8]) -> Option<(u16, String)> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    let named = |name: &str| headers.to_ascii_lowercase().lines().any(|line| line.starts_with(name));
    let host = if named("host:") { "" } else { "host: local\r\n" };
    let content_type = if named("content-type:") { "" } else { "content-type: application/json\r\n" };
    let length = body.len();
    let head = format!("{line}\r\n{host}{content_type}connection: close\r\ncontent-length: {length}\r\n{headers}\r\n");
    stream.write_all(head.as_bytes()).ok()?;
    stream.write_all(body).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    Some((head.split(' ').nth(1)?.parse().ok()?, body.to_owned()))
}

/// A server that gives these responses (status and body), one to each request. The channel receives the requests, heads
/// and bodies.
pub(crate) fn server(answers: Vec<(u16, String)>) -> (String, mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (requests, received) = mpsc::channel();
    std::thread::spawn(move || {
        for (status, body) in answers {
            let (mut stream, _) = listener.accept().unwrap();
            requests.send(read_request(&mut stream)).unwrap();
            let answer = format!(
                "HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-type: application/x-amz-json-1.1\r\ncontent-length: {}\r\n\r\n{body}",
                body.len()
            );
            stream.write_all(answer.as_bytes()).unwrap();
        }
    });
    (url, received)
}

fn read_request(stream: &mut TcpStream) -> String {
    let mut reader = BufReader::new(stream);
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if line.trim().is_empty() {
            break;
        }
        head += &line;
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    format!("{head}\n{}", String::from_utf8(body).unwrap())
}
