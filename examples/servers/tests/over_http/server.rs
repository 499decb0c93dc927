//! A server in a process of its own, and what is said to it over a socket.

use serde_json::Value;
use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};
use ureq::Agent;
use ureq::http::Request;

/// The token of administrators.
pub(crate) const ADMIN_TOKEN: &str = "only-for-tests";

/// How long something that has to happen may take on a machine that is busy.
const DEADLINE: Duration = Duration::from_mins(1);

/// Between two looks at what has to happen.
const INTERVAL: Duration = Duration::from_millis(20);

/// A server that runs until this is dropped.
pub(crate) struct Server {
    process: Child,
    url: String,
    agent: Agent,
}

/// A status and the JSON that came with it.
pub(crate) type Answer = (u16, Value);

impl Server {
    /// Starts a binary of this package, on a port that is free.
    pub(crate) fn start<A: AsRef<OsStr>>(
        binary: &str,
        token: Option<&str>,
        arguments: impl IntoIterator<Item = A>,
    ) -> Self {
        let mut command = Command::new(binary);
        command
            .args(arguments)
            .args(["--bind", "127.0.0.1:0"])
            .env_remove("ADMIN_TOKEN")
            .stdout(Stdio::piped());
        if let Some(token) = token {
            command.env("ADMIN_TOKEN", token);
        }
        let mut process = command.spawn().unwrap();
        let mut line = String::new();
        let stdout = process.stdout.take().unwrap();
        BufReader::new(stdout).read_line(&mut line).unwrap();
        let url = line.trim_end().strip_prefix("listening on ");
        let url = url.unwrap_or_else(|| panic!("it does not listen: {line:?}"));
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            .proxy(None)
            .timeout_global(Some(DEADLINE))
            // The server closes a connection when it answers before it has read the whole request,
            // and whoever would use that one again may learn of it too late.
            .max_idle_connections(0)
            .build();
        Self {
            url: url.to_owned(),
            process,
            agent: agent.into(),
        }
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], None)
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> Answer {
        self.send("POST", path, &[], Some(body))
    }

    pub(crate) fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Answer {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.url))
            .header("content-type", "application/json");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = body.map_or_else(String::new, Value::to_string);
        let mut response = self.agent.run(request.body(body).unwrap()).unwrap();
        let text = response.body_mut().read_to_string().unwrap();
        let json = serde_json::from_str(&text).unwrap_or(Value::String(text));
        (response.status().as_u16(), json)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself, which the test has seen then.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Looks until there is something, for as long as it may take.
pub(crate) fn eventually<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(begun.elapsed() < DEADLINE, "{what} did not happen");
        thread::sleep(INTERVAL);
    }
}
