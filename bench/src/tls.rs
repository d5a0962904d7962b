//! The first HTTPS call of a process: setting up TLS, and the first handshake.
//!
//! A server on loopback with a certificate of its own answers. Our client trusts public authorities only, so the
//! handshake ends when it looks at the certificate; by then keys are exchanged and the server's flight decrypted.

use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection};

use crate::binaries::Binaries;
use crate::report::{Report, Section};
use crate::stats::{median, ratio, show};
use crate::{Effort, Failure};

/// How long ours may take.
const MOST: Duration = Duration::from_millis(3);

/// Measures it.
pub(crate) async fn measure(binaries: &Binaries, effort: Effort, report: &mut Report) -> Result<(), Failure> {
    let mut section = Section::new("First HTTPS call");
    section.means("The part of a cold start that comes with the first request to AWS or Datadog.");
    let url = serve()?;
    let ours = calls(&binaries.first_call, &url, effort.starts)?;
    section.target(
        "first HTTPS call of a process, the functions' client",
        format!("{}, of it CPU {}", show(ours.took), show(ours.cpu)),
        format!("at most {}", show(MOST)),
        ours.took <= MOST,
    );
    match &binaries.default_tls {
        Ok(binary) => {
            let default = calls(binary, &url, effort.starts)?;
            section.row(
                "first HTTPS call of a process, a client with default TLS (rustls on aws-lc-rs, the system's roots)",
                format!(
                    "{}, of it CPU {}: {:.1} times ours",
                    show(default.took),
                    show(default.cpu),
                    ratio(default.took, ours.took)
                ),
            );
        }
        Err(reason) => section.how(format!("The comparison with a client with default TLS is missing: {reason}.")),
    }
    section.how(format!(
        "Median of {} processes, from making the client to the end of the first handshake with a server on loopback. The \
         server's certificate is not a public one, so both clients end the handshake when they have exchanged keys and \
         read the certificate. A whole handshake checks three signatures more, and a network adds its round trips.",
        effort.starts
    ));
    report.add(section);
    Ok(())
}

struct Call {
    took: Duration,
    cpu: Duration,
}

/// The median of `times` processes of `binary` that call `url`.
fn calls(binary: &Path, url: &str, times: usize) -> Result<Call, Failure> {
    let mut took = Vec::new();
    let mut cpu = Vec::new();
    for _ in 0..times {
        let output = Command::new(binary).arg(url).output()?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let mut parts = text.trim().splitn(3, ' ');
        let mut nanoseconds = || parts.next().unwrap_or_default().parse().map(Duration::from_nanos);
        took.push(nanoseconds()?);
        cpu.push(nanoseconds()?);
        let ended = parts.next().unwrap_or_default();
        // Anything else means that no handshake was made, and the times are of something else.
        if !ended.contains("invalid peer certificate") {
            return Err(format!("{} did not come to the server's certificate: {ended}", binary.display()).into());
        }
    }
    Ok(Call { took: median(&took), cpu: median(&cpu) })
}

/// Starts the server, which lasts as long as this process. Gives its address.
fn serve() -> Result<String, Failure> {
    let own = rcgen::generate_simple_self_signed(["localhost".to_owned()])?;
    let key = PrivateKeyDer::try_from(own.signing_key.serialize_der())?;
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![own.cert.der().clone()], key)?;
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let url = format!("https://localhost:{}/", listener.local_addr()?.port());
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // The client ends every handshake with an alert.
            let _ = handshake(stream, config.clone());
        }
    });
    Ok(url)
}

fn handshake(mut stream: TcpStream, config: Arc<ServerConfig>) -> Result<(), Failure> {
    let mut connection = ServerConnection::new(config)?;
    while connection.is_handshaking() {
        connection.complete_io(&mut stream)?;
    }
    Ok(())
}
