//! A run: a folder that holds everything a training run has made so far. Each stage leaves a file; deleting it repeats the stage.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use crate::checkpoint::write_whole;
use crate::config::Config;
use crate::tokens;

/// A run's folder and its configuration.
#[derive(Clone, Debug)]
pub struct Run {
    folder: PathBuf,
    pub config: Config,
}

impl Run {
    /// Begins a run in `folder` or goes on with the one there. How long and how fast to learn may change on the way; what the
    /// weights were made for (sizes, seed) may not.
    pub fn begin(folder: &Path, config: Config) -> Result<Self> {
        let run = Self { folder: folder.to_path_buf(), config };
        if run.config_path().exists() {
            let begun = Config::read(&run.config_path())?;
            ensure!(
                run.config.lineage() == begun.lineage(),
                "{} was begun with other sizes or another seed: choose another --run folder, or go back to {}",
                folder.display(),
                run.config_path().display()
            );
        }
        let text = toml::to_string(&run.config).context("the configuration cannot be written as TOML")?;
        write_whole(&run.config_path(), text.as_bytes())?;
        Ok(run)
    }

    /// Opens a run to export it or to draw with it.
    pub fn open(folder: &Path) -> Result<Self> {
        let config = Config::read(&folder.join("config.toml"))
            .with_context(|| format!("{} is no run: begin one with `trainer train`", folder.display()))?;
        Ok(Self { folder: folder.to_path_buf(), config })
    }

    /// A file or folder of this run.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    fn config_path(&self) -> PathBuf {
        self.path("config.toml")
    }

    /// The tokenizer's files by their path in a diffusers folder; learnt if they are not there yet.
    pub fn tokenizer_files(&self) -> Result<HashMap<String, Vec<u8>>> {
        let mut files = tokens::learn(&self.config);
        for (name, content) in &mut files {
            let path = self.path(name);
            if path.exists() {
                *content = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
            } else {
                write_whole(&path, content)?;
            }
        }
        Ok(files)
    }
}
