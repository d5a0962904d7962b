//! What the figures were measured on.

use crate::Failure;

/// A machine.
#[derive(Debug, Clone)]
pub(crate) struct Machine {
    cores: usize,
    cpu: String,
    architecture: &'static str,
    /// How many processes wanted to run in the last minute before the run: others than these disturb it.
    load: String,
}

impl Machine {
    /// This one.
    pub(crate) fn read() -> Result<Self, Failure> {
        let info = std::fs::read_to_string("/proc/cpuinfo")?;
        let model = info.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
        let load = std::fs::read_to_string("/proc/loadavg")?;
        Ok(Self {
            cores: std::thread::available_parallelism()?.get(),
            cpu: model.map_or("an unnamed CPU", |(_, model)| model.trim()).to_owned(),
            architecture: std::env::consts::ARCH,
            load: load.split_whitespace().next().unwrap_or_default().to_owned(),
        })
    }

    /// In one line.
    pub(crate) fn show(&self) -> String {
        let Self { cores, cpu, architecture, load } = self;
        format!("{cores} cores of {cpu} ({architecture}), load {load} at the start")
    }
}
