//! Dispatches: how many kernels a GPU is asked to start for each part of a model. cubecl writes down each one that it starts, if it is
//! told so before it opens a device; that takes time, so a process of its own counts.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use bridge::{DeviceChoice, Job, Shown, log_kernels, run_on};
use burn::tensor::Tensor;
use diffusion::{Folder, Pipeline};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::timing::{self, read};

/// Of each part of a model.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Dispatches {
    pub begin: u64,
    pub step: u64,
    pub decode: u64,
}

/// Counts in another process.
///
/// # Errors
/// If that process fails.
pub fn count(model: &Path, stock: bool) -> anyhow::Result<Dispatches> {
    let program = std::env::current_exe().context("the program does not find itself")?;
    let mut command = Command::new(program);
    command.args(["bench", "--count-dispatches", if stock { "burn" } else { "ours" }, "--model"]).arg(model);
    let output = command.stderr(Stdio::inherit()).output().context("the program cannot be started again")?;
    ensure!(output.status.success(), "counting dispatches has failed ({})", output.status);
    serde_json::from_slice(&output.stdout).context("counting dispatches printed something else")
}

/// That other process: prints [`Dispatches`] as JSON.
pub fn run(model: &Path, stock: bool) -> anyhow::Result<ExitCode> {
    let file = std::env::temp_dir().join(format!("latentarium-kernels-{}.log", std::process::id()));
    log_kernels(file.clone());
    let counting = Counting { folder: &Folder::open(model)?, stock, log: Log { file: file.clone(), seen: 0 } };
    let counted = pollster::block_on(run_on(DeviceChoice::Gpu, counting));
    fs::remove_file(file).ok();
    println!("{}", json!(counted??));
    Ok(ExitCode::SUCCESS)
}

struct Counting<'a> {
    folder: &'a Folder,
    stock: bool,
    log: Log,
}

impl Job for Counting<'_> {
    type Output = anyhow::Result<Dispatches>;

    async fn run<B: Shown>(mut self, device: B::Device, _device_name: String) -> Self::Output {
        if self.stock {
            timing::take_stock::<B>();
        }
        let pipeline = Pipeline::<B>::load(self.folder, &device)?;
        let mark = Tensor::<B, 1>::ones([2], &device);
        let begin = || pipeline.begin(&timing::generation(), &mut ());
        let denoising = begin()?;
        // Once without counting: what is made once is made.
        timing::step(&denoising, &pipeline).await;
        self.log.until_mark(&mark).await?;
        read(begin()?.prompt_embeds()).await;
        let begin = self.log.until_mark(&mark).await?;
        timing::step(&denoising, &pipeline).await;
        let step = self.log.until_mark(&mark).await?;
        read(pipeline.decode(denoising.latent(), &mut (), &()).await).await;
        let decode = self.log.until_mark(&mark).await?;
        Ok(Dispatches { begin, step, decode })
    }
}

/// What cubecl has written down.
struct Log {
    file: PathBuf,
    /// Kernels in it that are counted already, marks included.
    seen: usize,
}

/// A running sum; no model has one.
const MARK: &str = "CumulativeKernel";
const PATIENCE: Duration = Duration::from_secs(60);

impl Log {
    /// Starts a kernel that none of the others is, and says how many came before it since the last one. The file is written by a thread
    /// of cubecl's, later than kernels are started.
    async fn until_mark<B: Shown>(&mut self, mark: &Tensor<B, 1>) -> anyhow::Result<u64> {
        read(mark.clone().cumsum(0)).await;
        let asked = Instant::now();
        loop {
            let text = fs::read_to_string(&self.file).with_context(|| format!("cannot read {}", self.file.display()))?;
            // The last line may not be whole.
            let whole = text.rfind('\n').map_or("", |end| &text[..end]);
            let mut new = whole.lines().filter(|line| line.starts_with("Executing")).skip(self.seen);
            if let Some(before) = new.position(|line| line.contains(MARK)) {
                self.seen += before + 1;
                return Ok(before as u64);
            }
            if asked.elapsed() > PATIENCE {
                bail!("{} does not name the kernel that was started", self.file.display());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}
