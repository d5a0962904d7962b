//! The first HTTPS call of a process: setting up TLS, and the first handshake.
//!
//! A server on loopback answers with its own certificate. The functions' client trusts only public authorities, so the
//! handshake ends at the certificate, after the key exchange.

use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection};

use crate::bench::Bench;
use crate::report::Section;
use crate::run::Failure;
use crate::stats::{median, show};

/// The maximum duration.
const MAX: Duration = Duration::from_millis(3);

/// Measures it.
pub(crate) fn measure(bench: &mut Bench) -> Result<(), Failure> {
    let mut section = Section::new("First HTTPS call");
    let url = serve()?;
    let (mut took, mut cpu) = (Vec::new(), Vec::new());
    for _ in 0..bench.effort.starts {
        let output = Command::new(bench.binaries.named("first-call")).arg(&url).output()?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let mut parts = text.trim().splitn(3, ' ');
        let mut nanoseconds = || parts.next().unwrap_or_default().parse().map(Duration::from_nanos);
        took.push(nanoseconds()?);
        cpu.push(nanoseconds()?);
        let ended = parts.next().unwrap_or_default();
        // Any other result means that there was no handshake, so the times are wrong.
        if !ended.contains("invalid peer certificate") {
            return Err(format!("first-call did not reach the server's certificate: {ended}").into());
        }
    }
    let took = median(&took);
    section.target(
        "first HTTPS call of a process, the functions' client",
        format!("{}, of it CPU {}", show(took), show(median(&cpu))),
        format!("at most {}", show(MAX)),
        took <= MAX,
    );
    section.how(format!(
        "Median of {} processes, from making the client to reading the certificate of a server on loopback.",
        bench.effort.starts
    ));
    bench.report.add(section);
    Ok(())
}

/// Starts the server, which runs as long as this process. Returns its address.
fn serve() -> Result<String, Failure> {
    let signed = rcgen::generate_simple_self_signed(["localhost".to_owned()])?;
    let key = PrivateKeyDer::try_from(signed.signing_key.serialize_der())?;
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![signed.cert.der().clone()], key)?;
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
