//! Decides whether a webhook comes from whom it says. Pure: no I/O, no clock, no secrets of its own.
//!
//! A definition of a source has a block `auth`, which is an [`Auth`]. A [`Verifier`] is made of it once, and checks requests
//! with the secret that the deployer has agreed with the vendor.
//!
//! | scheme | module |
//! |---|---|
//! | HMAC of a template over body, time and URL | [`hmac`] |
//! | Twilio's HMAC over the URL and the parameters | [`twilio`] |
//! | a JWT that holds the body's hash, or is the body | [`jwt`] |
//! | Ed25519 and ECDSA | [`public_key`] |
//! | a password in a header | [`password`] |
//!
//! Every comparison takes the same time for all wrong values. Encoded signatures are compared as text, so that no second
//! spelling of a signature is valid. A header that occurs twice is refused.
//!
//! This crate must not know any source: names of headers are data.

mod compare;
mod handshake;
mod header;
mod hmac;
mod jws;
mod jwt;
mod parts;
mod password;
mod public_key;
mod refusal;
mod request;
mod template;
mod time;
mod twilio;
mod verifier;

pub use cxtrace_webhook_auth::Auth;
pub use handshake::{Handshake, HandshakeAnswer};
pub use refusal::{InvalidAuth, Refusal};
pub use request::SignedRequest;
pub use verifier::Verifier;
