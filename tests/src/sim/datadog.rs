//! A fake of Datadog below the HTTP client: a server on loopback with Datadog's rules and faults.

use bytes::Bytes;
use chrono::TimeDelta;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::{Request, Response};
use rand::Rng;
use serde_json::Value;
use tokio::net::TcpListener;

use super::world::{Shared, World};

/// The path of distributions.
const DISTRIBUTIONS: &str = "/api/v1/distribution_points";

/// The connection is closed without a response.
#[derive(Debug, thiserror::Error)]
#[error("no answer (simulated)")]
struct ConnectionClosed;

/// A server with one worker thread. The served world changes from run to run.
#[derive(Debug)]
pub struct FaultyDatadog {
    url: String,
    world: std::sync::Arc<std::sync::Mutex<Option<Shared>>>,
}

impl FaultyDatadog {
    /// Starts it on a free port.
    ///
    /// # Errors
    /// When there is no port.
    pub async fn start() -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let world: std::sync::Arc<std::sync::Mutex<Option<Shared>>> = std::sync::Arc::default();
        let serving = world.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let world = serving.clone();
                tokio::spawn(async move {
                    let service = hyper::service::service_fn(move |request| serve(world.clone(), request));
                    let io = hyper_util::rt::TokioIo::new(stream);
                    // An error here is a `ConnectionClosed`, or a client that died: both are simulated. A connection
                    // serves one request, because it is random whether a second one finds it open.
                    let _ = hyper::server::conn::http1::Builder::new()
                        .keep_alive(false)
                        .serve_connection(io, service)
                        .await;
                });
            }
        });
        Ok(Self { url, world })
    }

    /// Serves `world` from now on.
    pub fn enter(&self, world: Shared) {
        *self.world.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(world);
    }

    /// Its address.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }
}

async fn serve(
    world: std::sync::Arc<std::sync::Mutex<Option<Shared>>>,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, ConnectionClosed> {
    let measures = request.uri().path() == DISTRIBUTIONS;
    let encoding = request.headers().get("content-encoding").and_then(|v| v.to_str().ok()).map(str::to_owned);
    let body = request.into_body().collect().await.map_err(|_| ConnectionClosed)?.to_bytes();
    let shared = world.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone().ok_or(ConnectionClosed)?;
    let mut world = shared.lock();
    if measures { answer_measures(&mut world, &body) } else { answer(&mut world, &body, encoding.as_deref()) }
}

/// Accepts the values of distributions. Each sent value counts, even if it was sent before.
fn answer_measures(world: &mut World, body: &[u8]) -> Result<Response<Full<Bytes>>, ConnectionClosed> {
    let document: Value = serde_json::from_slice(body).unwrap_or_default();
    let series = document["series"].as_array().cloned().unwrap_or_default();
    world.trace(("distributions", series.len()));
    let faults = world.faults.clone();
    let take = |world: &mut World| {
        for series in &series {
            *world.measured.entry(series["metric"].as_str().unwrap_or_default().to_owned()).or_default() += 1;
        }
    };
    if let Some((from, outage)) = world.outage
        && from <= world.clock.time()
        && world.clock.time() < from + TimeDelta::minutes(outage.minutes)
    {
        world.counters.hit(outage.kind());
        return Ok(plain(503));
    }
    if world.happens(faults.crash, "settler crashed while Datadog answered") {
        if world.rng.random_bool(0.5) {
            take(world);
        }
        world.dies = true;
        return Err(ConnectionClosed);
    }
    if world.rng.random_bool(faults.refuse) {
        let (status, kind) = match world.rng.random_range(0..3) {
            0 => (429, "Datadog answered 429"),
            1 => (403, "Datadog answered 403"),
            _ => (500, "Datadog answered 500"),
        };
        world.counters.hit(kind);
        return Ok(plain(status));
    }
    take(world);
    if world.happens(faults.unanswered, "Datadog accepted and did not answer") {
        return Err(ConnectionClosed);
    }
    let mut response = plain(202);
    *response.body_mut() = Full::new(Bytes::from_static(b"{\"status\":\"ok\"}"));
    Ok(response)
}

fn answer(world: &mut World, body: &[u8], encoding: Option<&str>) -> Result<Response<Full<Bytes>>, ConnectionClosed> {
    let points = points(body, encoding);
    world.trace(("datadog", points.len()));
    let faults = world.faults.clone();
    let now = world.clock.time();
    if let Some((from, outage)) = world.outage
        && from <= now
        && now < from + TimeDelta::minutes(outage.minutes)
    {
        world.counters.hit(outage.kind());
        if !outage.is_silent {
            return Ok(plain(503));
        }
        if world.rng.random_bool(0.3) {
            world.intake.accept(now, body, encoding);
        }
        return close_connection(world, &points);
    }
    if let Some(n) = faults.poisoned {
        let (flow, metric) = super::traffic::series(n);
        let name = format!("genesys.flow.{flow}.{metric}");
        if points.iter().any(|(key, _)| key.0 == name) {
            world.counters.hit("Datadog answered 400");
            return Ok(plain(400));
        }
    }
    if world.happens(faults.crash, "publisher crashed while Datadog answered") {
        if world.rng.random_bool(0.5) {
            world.intake.accept(now, body, encoding);
        }
        world.dies = true;
        return close_connection(world, &points);
    }
    if world.rng.random_bool(faults.refuse) {
        let (status, kind) = match world.rng.random_range(0..5) {
            0 => (429, "Datadog answered 429"),
            1 if points.len() > 1 => (413, "Datadog answered 413"),
            2 => (403, "Datadog answered 403"),
            _ => (500, "Datadog answered 500"),
        };
        world.counters.hit(kind);
        return Ok(plain(status));
    }
    let answered = world.intake.accept(now, body, encoding);
    if world.happens(faults.unanswered, "Datadog accepted and did not answer") {
        return close_connection(world, &points);
    }
    let mut response = Response::new(Full::new(Bytes::from(answered.body)));
    *response.status_mut() = hyper::StatusCode::from_u16(answered.status).unwrap_or_default();
    Ok(response)
}

fn close_connection(
    world: &mut World,
    points: &[(super::world::PointKey, u64)],
) -> Result<Response<Full<Bytes>>, ConnectionClosed> {
    for (key, total) in points {
        let most = world.unanswered.entry(key.clone()).or_default();
        *most = (*most).max(*total);
    }
    Err(ConnectionClosed)
}

fn plain(status: u16) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from_static(b"{\"errors\":[\"simulated\"]}")));
    *response.status_mut() = hyper::StatusCode::from_u16(status).unwrap_or_default();
    if status == 429 {
        response.headers_mut().insert("x-ratelimit-reset", hyper::header::HeaderValue::from_static("1"));
    }
    response
}

/// The points in a submission.
fn points(body: &[u8], encoding: Option<&str>) -> Vec<(super::world::PointKey, u64)> {
    use std::io::Read;
    let mut plain = Vec::new();
    let read = match encoding {
        Some("gzip") => flate2::read::GzDecoder::new(body).read_to_end(&mut plain),
        Some("deflate") => flate2::read::ZlibDecoder::new(body).read_to_end(&mut plain),
        _ => std::io::Cursor::new(body).read_to_end(&mut plain),
    };
    let document: Value = read.ok().and_then(|_| serde_json::from_slice(&plain).ok()).unwrap_or_default();
    let series = document["series"].as_array().cloned().unwrap_or_default();
    series
        .iter()
        .flat_map(|series| {
            let name = series["metric"].as_str().unwrap_or_default().to_owned();
            let mut tags: Vec<String> =
                series["tags"].as_array().into_iter().flatten().filter_map(|t| t.as_str().map(str::to_owned)).collect();
            tags.sort();
            series["points"].as_array().cloned().unwrap_or_default().into_iter().map(move |point| {
                let key = (name.clone(), tags.clone(), point["timestamp"].as_i64().unwrap_or_default());
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "totals are small whole numbers"
                )]
                let total = point["value"].as_f64().unwrap_or_default() as u64;
                (key, total)
            })
        })
        .collect()
}
