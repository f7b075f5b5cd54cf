//! The commands.

pub mod check;
pub mod generate;
pub mod hall;
#[cfg(feature = "hall")]
pub mod snapshot;
pub mod trace;

use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};

/// A bar on standard error, hidden where that is not a terminal.
fn progress_bar(steps: u64, what: &str) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg:>12} [{bar:40}] {pos}/{len} {elapsed}/{duration}")
        .expect("the template is well formed")
        .progress_chars("█▓░");
    let bar = ProgressBar::new(steps).with_style(style).with_message(what.to_string());
    bar.enable_steady_tick(Duration::from_millis(250));
    bar
}

/// Fails before the work is done, not after it, if the file could not be written.
///
/// # Errors
/// If the folder does not exist or may not be written to.
fn check_writable(output: &Path) -> anyhow::Result<()> {
    let existed = output.exists();
    let opened = std::fs::OpenOptions::new().append(true).create(true).open(output);
    opened.with_context(|| format!("{} cannot be written: choose another place with -o", output.display()))?;
    if !existed {
        // A run that fails leaves nothing behind.
        let _ = std::fs::remove_file(output);
    }
    Ok(())
}
