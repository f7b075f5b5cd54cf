//! The peer: a program that times the same model in another way, and prints a [`Timed`] as JSON.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, ensure};

use super::timing::Timed;

pub struct Peer<'a> {
    /// With its arguments; the model's folder, threads and seconds follow.
    pub program: &'a str,
    pub threads: usize,
    pub seconds: f64,
}

impl Peer<'_> {
    /// # Errors
    /// If it cannot be run, fails, or prints something else.
    pub fn measure(&self, model: &Path) -> anyhow::Result<Timed> {
        let mut words = self.program.split_whitespace();
        let program = words.next().context("--peer names no program")?;
        let mut command = Command::new(program);
        command.args(words).arg(model).arg(self.threads.to_string()).arg(self.seconds.to_string()).stderr(Stdio::inherit());
        let output =
            command.output().with_context(|| format!("{program} cannot be run: leave --peer out, or name another program"))?;
        ensure!(output.status.success(), "{} has failed ({})", self.program, output.status);
        let text = String::from_utf8_lossy(&output.stdout);
        let line = text.lines().last().unwrap_or_default();
        serde_json::from_str(line).with_context(|| format!("{} printed “{line}”, which is not a measurement", self.program))
    }
}
