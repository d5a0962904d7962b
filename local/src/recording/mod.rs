//! Recorded events: reads them from files, folders, gzip and standard input, in the order of their times.
//!
//! It must not know what an event means. It reads only an event's topic and publication time.
//!
//! | what it does | module |
//! |---|---|
//! | finds and opens files | `files` |
//! | splits a text into events, with their lines | `frames` |
//! | reads an event's topic and publication time | `header` |
//! | decides which of these times to believe | `recording_clock` |
//! | merges several recordings | `timeline` |
//! | names the place of an event | `origin` |

pub(crate) mod files;
pub(crate) mod frames;
pub(crate) mod header;
pub(crate) mod origin;
pub(crate) mod recording_clock;
pub(crate) mod timeline;

pub(crate) use files::Input;
pub(crate) use origin::{Origin, ReadError};
pub(crate) use timeline::Timeline;
