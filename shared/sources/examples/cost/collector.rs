//! The function `span-collector` as its own process, with a Runtime API and a table that answers at once. It shows what an event
//! takes in all: reading, the facts, their requests to the table, and the way through the function.

use std::error::Error;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::Duration;

use crate::cpu;

/// How many events are measured, after as many that are not.
const EVENTS: u32 = 500;

/// A process, which ends with this value.
struct Function(Child);

impl Drop for Function {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The CPU time of the whole process for one such event. `of` makes an event with its number.
pub(crate) fn of_event(binary: &Path, of: impl Fn(u32) -> String) -> Result<Duration, Box<dyn Error>> {
    let table = TcpListener::bind("127.0.0.1:0")?;
    let runtime = TcpListener::bind("127.0.0.1:0")?;
    let (events, to_send) = mpsc::sync_channel::<String>(0);
    let (answers, answered) = mpsc::channel::<String>();
    let process = Command::new(binary)
        .env_clear()
        .envs([
            ("AWS_LAMBDA_FUNCTION_NAME", "span-collector"),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128"),
            ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
            ("AWS_REGION", "eu-west-1"),
            ("AWS_ACCESS_KEY_ID", "local"),
            ("AWS_SECRET_ACCESS_KEY", "local"),
            ("STATE_TABLE", "state"),
            ("CORRELATION_TABLE", "correlation"),
            ("PSEUDONYM_KEY", "0123456789abcdef0123456789abcdef"),
            ("EXAMPLE_SENDERS", "true"),
            ("RETRY_QUEUE_URL", "http://127.0.0.1:9/retries"),
            ("DEAD_LETTER_QUEUE_URL", "http://127.0.0.1:9/dead-letters"),
        ])
        .env("AWS_ENDPOINT_URL", format!("http://{}", table.local_addr()?))
        .env("AWS_LAMBDA_RUNTIME_API", runtime.local_addr()?.to_string())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    let process = Function(process);
    std::thread::spawn(move || serve(&table, |_, _| Some(("application/x-amz-json-1.0", "{}".to_owned()))));
    let to_send = Arc::new(Mutex::new(to_send));
    std::thread::spawn(move || {
        serve(&runtime, move |path, body| {
            if path.ends_with("/invocation/next") {
                let event = to_send.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()?;
                return Some(("application/json", event));
            }
            answers.send(format!("{path} {body}")).ok()?;
            Some(("application/json", "{}".to_owned()))
        })
    });
    let handle = |number: u32| -> Result<(), Box<dyn Error>> {
        events.send(of(number))?;
        let answer = answered.recv_timeout(Duration::from_secs(20))?;
        if answer.contains("/response ") { Ok(()) } else { Err(format!("the function fails: {answer}").into()) }
    };
    (0..EVENTS).try_for_each(handle)?;
    let before = cpu::of_process(process.0.id());
    (EVENTS..2 * EVENTS).try_for_each(handle)?;
    Ok((cpu::of_process(process.0.id()) - before) / EVENTS)
}

/// Answers requests, each connection in its own thread, until the process ends.
fn serve(
    listener: &TcpListener,
    answer: impl Fn(&str, &str) -> Option<(&'static str, String)> + Clone + Send + 'static,
) {
    for connection in listener.incoming().flatten() {
        let answer = answer.clone();
        std::thread::spawn(move || {
            // A function that ends breaks its connections.
            let _ = answer_all(connection, answer);
        });
    }
}

fn answer_all(
    mut connection: TcpStream,
    answer: impl Fn(&str, &str) -> Option<(&'static str, String)>,
) -> std::io::Result<()> {
    connection.set_nodelay(true)?;
    let mut reader = BufReader::new(connection.try_clone()?);
    loop {
        let mut first = String::new();
        if reader.read_line(&mut first)? == 0 {
            return Ok(());
        }
        let (mut length, mut is_chunked) = (0_usize, false);
        loop {
            let mut header = String::new();
            reader.read_line(&mut header)?;
            let header = header.trim().to_ascii_lowercase();
            if header.is_empty() {
                break;
            }
            if let Some(value) = header.strip_prefix("content-length:") {
                length = value.trim().parse().unwrap_or_default();
            }
            is_chunked |= header.starts_with("transfer-encoding:") && header.contains("chunked");
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        while is_chunked {
            let mut size = String::new();
            reader.read_line(&mut size)?;
            let size = usize::from_str_radix(size.trim(), 16).unwrap_or_default();
            let mut chunk = vec![0; size + 2];
            reader.read_exact(&mut chunk)?;
            body.extend_from_slice(&chunk[..size]);
            // The last chunk is empty.
            is_chunked = size > 0;
        }
        let path = first.split_whitespace().nth(1).unwrap_or_default();
        let Some((kind, text)) = answer(path, &String::from_utf8_lossy(&body)) else { return Ok(()) };
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-length: {}\r\nlambda-runtime-aws-request-id: 1\r\n\
             lambda-runtime-deadline-ms: 4102444800000\r\n\
             lambda-runtime-invoked-function-arn: arn:aws:lambda:eu-west-1:123456789012:function:span-collector\r\n\r\n",
            text.len()
        );
        connection.write_all((head + &text).as_bytes())?;
    }
}
