//! A checkpoint: all that a stage needs to go on as if it had never stopped, in a safetensors file.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use safetensors::tensor::{Dtype, SafeTensors, TensorView, serialize};

/// Where a stage stands. What comes next is a function of this and of the configuration.
#[derive(Clone, Debug, PartialEq)]
pub struct Checkpoint {
    /// What the weights belong to: the sizes of the model and what it was built on. A run with another one may not go on from here.
    pub lineage: String,
    /// Steps done.
    pub step: u64,
    /// Steps that changed the weights.
    pub updates: u64,
    /// Time spent.
    pub seconds: f64,
    pub weights: Vec<f32>,
    pub moment_1: Vec<f32>,
    pub moment_2: Vec<f32>,
    pub average: Vec<f32>,
}

impl Checkpoint {
    /// Writes the file so that a crash at any moment leaves this or the previous one whole.
    pub fn write(&self, path: &Path) -> Result<()> {
        let rows =
            [("average", &self.average), ("moment_1", &self.moment_1), ("moment_2", &self.moment_2), ("weights", &self.weights)];
        let rows: Vec<_> = rows.into_iter().map(|(name, row)| (name, bytes(row), row.len())).collect();
        let views = rows
            .iter()
            .map(|(name, bytes, length)| Ok((*name, TensorView::new(Dtype::F32, vec![*length], bytes)?)))
            .collect::<Result<Vec<_>>>()?;
        let facts = HashMap::from([
            ("lineage".to_string(), self.lineage.clone()),
            ("step".to_string(), self.step.to_string()),
            ("updates".to_string(), self.updates.to_string()),
            ("seconds".to_string(), self.seconds.to_string()),
        ]);
        let file = serialize(views, Some(facts))?;
        if path.exists() {
            fs::rename(path, previous(path)).with_context(|| format!("cannot keep the previous {}", path.display()))?;
        }
        write_whole(path, &file)
    }

    /// Reads the newest whole checkpoint at `path`: the file itself or, if it is missing or broken, the one before it.
    /// `None` if there is neither.
    pub fn read(path: &Path) -> Result<Option<Self>> {
        let mut broken = None;
        for path in [path.to_path_buf(), previous(path)] {
            if !path.exists() {
                continue;
            }
            match Self::read_file(&path) {
                Ok(checkpoint) => return Ok(Some(checkpoint)),
                Err(error) => broken = Some(error),
            }
        }
        broken.map_or(Ok(None), Err)
    }

    fn read_file(path: &Path) -> Result<Self> {
        let context = || format!("cannot read the checkpoint {}: delete it to begin this stage anew", path.display());
        let read = || -> Result<Self> {
            let file = fs::read(path)?;
            let (_, header) = SafeTensors::read_metadata(&file)?;
            let facts = header.metadata().clone().context("it has no metadata")?;
            let fact = |key: &str| facts.get(key).with_context(|| format!("{key} is missing"));
            let tensors = SafeTensors::deserialize(&file)?;
            let row = |name: &str| -> Result<Vec<f32>> { floats(&tensors.tensor(name)?) };
            let checkpoint = Self {
                lineage: fact("lineage")?.clone(),
                step: fact("step")?.parse()?,
                updates: fact("updates")?.parse()?,
                seconds: fact("seconds")?.parse()?,
                weights: row("weights")?,
                moment_1: row("moment_1")?,
                moment_2: row("moment_2")?,
                average: row("average")?,
            };
            let length = checkpoint.weights.len();
            let rows = [&checkpoint.moment_1, &checkpoint.moment_2, &checkpoint.average];
            ensure!(rows.iter().all(|row| row.len() == length), "its rows differ in length");
            Ok(checkpoint)
        };
        read().with_context(context)
    }
}

/// Writes a file under another name first and renames it when it is safely on the disk.
pub fn write_whole(path: &Path, content: &[u8]) -> Result<()> {
    let write = || -> std::io::Result<()> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let unfinished = with_suffix(path, "unfinished");
        let mut file = File::create(&unfinished)?;
        file.write_all(content)?;
        file.sync_all()?;
        fs::rename(&unfinished, path)?;
        // The rename itself is on the disk once the folder is; not every system lets a folder be opened.
        if let Some(Ok(folder)) = path.parent().map(File::open) {
            folder.sync_all().ok();
        }
        Ok(())
    };
    write().with_context(|| format!("cannot write {}: is there room on the disk?", path.display()))
}

/// Little-endian bytes, as safetensors has them.
pub fn bytes(row: &[f32]) -> Vec<u8> {
    row.iter().flat_map(|number| number.to_le_bytes()).collect()
}

/// The numbers of an f32 tensor.
pub fn floats(tensor: &TensorView) -> Result<Vec<f32>> {
    ensure!(tensor.dtype() == Dtype::F32, "expected numbers of type f32, found {:?}", tensor.dtype());
    let (numbers, _) = tensor.data().as_chunks();
    Ok(numbers.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect())
}

fn previous(path: &Path) -> PathBuf {
    with_suffix(path, "previous")
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(".");
    name.push(suffix);
    path.with_file_name(name)
}
