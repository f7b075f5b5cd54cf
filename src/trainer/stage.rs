//! A stage of training: steps, checkpoints, a log of losses and sample sheets, until the time or the steps are used up.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};
use burn::module::AutodiffModule;
use burn::tensor::Tensor;
use burn::tensor::backend::AutodiffBackend;

use crate::adamw::AdamW;
use crate::average;
use crate::checkpoint::Checkpoint;
use crate::config::Learning;
use crate::parameters::{gather, gather_gradients, scatter};
use crate::run::Run;

/// What a model learns in a stage.
pub trait Lesson<B: AutodiffBackend> {
    type Model: AutodiffModule<B>;

    /// The stage's name in files and messages.
    fn name(&self) -> &'static str;

    /// What the weights belong to besides the configuration's lineage.
    fn lineage(&self) -> String;

    /// Called once before the first step that is made.
    fn begin(&mut self, step: u64);

    /// The loss of a step, and the numbers to be logged beside it. The same for the same step in every run.
    fn loss(&mut self, model: &Self::Model, step: u64) -> Result<Losses<B>>;

    /// Writes a picture by which a person judges the model.
    fn sheet(&self, model: &<Self::Model as AutodiffModule<B>>::InnerModule, path: &Path) -> Result<()>;
}

/// What is to be made small.
pub struct Losses<B: AutodiffBackend> {
    /// [1]
    pub total: Tensor<B, 1>,
    /// Parts of it or other measures, [1] each.
    pub parts: Vec<(&'static str, Tensor<B::InnerBackend, 1>)>,
}

/// A model that learns: its weights, the optimizer's memory and the running average.
pub struct Learner<B: AutodiffBackend, M: AutodiffModule<B>> {
    pub model: M,
    weights: Vec<f32>,
    gradient: Vec<f32>,
    optimizer: AdamW,
    average: Vec<f32>,
    step: u64,
    seconds: f64,
    backend: std::marker::PhantomData<B>,
}

impl<B: AutodiffBackend, M: AutodiffModule<B>> Learner<B, M> {
    /// Begins with the model's own weights.
    pub fn new(model: M) -> Self {
        let weights = gather(&model);
        let optimizer = AdamW::new(weights.len());
        let average = weights.clone();
        Self {
            model,
            weights,
            gradient: Vec::new(),
            optimizer,
            average,
            step: 0,
            seconds: 0.0,
            backend: std::marker::PhantomData,
        }
    }

    /// Goes on where the checkpoint was made.
    pub fn resume(model: M, checkpoint: Checkpoint) -> Result<Self> {
        let mut learner = Self::new(model);
        ensure!(
            checkpoint.weights.len() == learner.weights.len(),
            "the checkpoint has {} parameters, the model {}: it belongs to other sizes",
            checkpoint.weights.len(),
            learner.weights.len()
        );
        learner.model = scatter(learner.model, &checkpoint.weights);
        learner.weights = checkpoint.weights;
        learner.average = checkpoint.average;
        learner.optimizer = AdamW { moment_1: checkpoint.moment_1, moment_2: checkpoint.moment_2, updates: checkpoint.updates };
        learner.step = checkpoint.step;
        learner.seconds = checkpoint.seconds;
        Ok(learner)
    }

    /// All that [`Learner::resume`] needs.
    pub fn checkpoint(&self, lineage: String) -> Checkpoint {
        Checkpoint {
            lineage,
            step: self.step,
            updates: self.optimizer.updates,
            seconds: self.seconds,
            weights: self.weights.clone(),
            moment_1: self.optimizer.moment_1.clone(),
            moment_2: self.optimizer.moment_2.clone(),
            average: self.average.clone(),
        }
    }

    /// One step against the loss's gradient. Returns the gradient's norm before it was shortened.
    pub fn learn(&mut self, loss: Tensor<B, 1>, learning: &Learning) -> f64 {
        let rate = learning_rate(learning, self.step, self.seconds);
        let mut gradients = loss.backward();
        gather_gradients(&self.model, &mut gradients, &mut self.gradient);
        let norm = self.optimizer.step(&mut self.weights, &self.gradient, learning, rate);
        average::update(&mut self.average, &self.weights, learning.average_decay, self.optimizer.updates);
        self.model = scatter(self.model.clone(), &self.weights);
        self.step += 1;
        norm
    }

    /// The model with the averaged weights, without autodiff.
    pub fn averaged(&self) -> M::InnerModule {
        scatter(self.model.valid(), &self.average)
    }

    fn progress(&self, learning: &Learning) -> f64 {
        progress(learning, self.step, self.seconds)
    }
}

/// How much of a stage is done, 0 to 1; one without time is over before it begins.
pub fn progress(learning: &Learning, step: u64, seconds: f64) -> f64 {
    if learning.minutes <= 0.0 {
        return 1.0;
    }
    let of_steps = learning.steps.map_or(0.0, |steps| step as f64 / steps.max(1) as f64);
    of_steps.max(seconds / (60.0 * learning.minutes)).min(1.0)
}

/// A linear rise over the first steps, then half a cosine down to zero at the stage's end.
pub fn learning_rate(learning: &Learning, step: u64, seconds: f64) -> f64 {
    let rise = (step + 1) as f64 / learning.warm_up_steps.max(1) as f64;
    let fall = 0.5 * (1.0 + (std::f64::consts::PI * progress(learning, step, seconds)).cos());
    learning.learning_rate * rise.min(1.0) * fall
}

/// Teaches the model from where its last checkpoint stands to the end. Returns it with averaged weights.
pub fn teach<B: AutodiffBackend, L: Lesson<B>>(
    lesson: &mut L,
    model: L::Model,
    learning: &Learning,
    run: &Run,
) -> Result<<L::Model as AutodiffModule<B>>::InnerModule> {
    let name = lesson.name();
    let path = run.path(&format!("{name}.safetensors"));
    let lineage = format!("{} {}", run.config.lineage(), lesson.lineage());
    let mut learner = match Checkpoint::read(&path)? {
        Some(checkpoint) => {
            ensure!(
                checkpoint.lineage == lineage,
                "{} was made for another model or another autoencoder: delete it and {}.previous to begin this stage anew",
                path.display(),
                path.display()
            );
            Learner::resume(model, checkpoint)?
        }
        None => Learner::<B, _>::new(model),
    };
    eprintln!("{name}: {} parameters, from step {}", learner.weights.len(), learner.step);
    let mut log = Log::open(&run.path(&format!("losses-{name}.csv")), learner.step)?;
    let sheets = run.path("sheets");
    lesson.begin(learner.step);
    let mut step_began = Instant::now();
    let (mut said, mut kept, mut drawn) = (Instant::now(), Instant::now(), Instant::now());
    let (mut said_step, mut drawn_step, mut not_finite) = (learner.step, learner.step, 0);
    while learner.progress(learning) < 1.0 {
        let step = learner.step;
        let losses = lesson.loss(&learner.model, step)?;
        let logged = step % LOG_EVERY == 0;
        let total = logged.then(|| losses.total.clone().into_scalar());
        let norm = learner.learn(losses.total, learning);
        learner.seconds += step_began.elapsed().as_secs_f64().min(LONGEST_STEP_SECONDS);
        step_began = Instant::now();
        not_finite = if norm.is_finite() { 0 } else { not_finite + 1 };
        if not_finite == 20 {
            bail!(
                "{name}: the gradient has not been finite for 20 steps, at step {step}: lower learning_rate and go on from the checkpoint"
            );
        }
        if let Some(total) = total {
            use burn::tensor::ElementConversion;
            let parts = losses.parts.into_iter().map(|(part, value)| (part, value.into_scalar().elem::<f32>()));
            log.write(
                step,
                learner.seconds,
                learning_rate(learning, step, learner.seconds),
                norm,
                total.elem(),
                parts.collect(),
            )?;
        }
        if said.elapsed().as_secs_f64() >= SAY_EVERY_SECONDS {
            let per_second = (learner.step - said_step) as f64 / said.elapsed().as_secs_f64();
            let progress = learner.progress(learning);
            let left = (learner.seconds / progress.max(1e-9)) * (1.0 - progress);
            eprintln!(
                "{name}: step {}, {:.0} %, {}, {:.1} pictures/s ({:.0} ms a step), {:.0} min left",
                learner.step,
                100.0 * progress,
                log.summary(),
                per_second * learning.batch as f64,
                1e3 / per_second,
                left / 60.0
            );
            (said, said_step) = (Instant::now(), learner.step);
        }
        if kept.elapsed().as_secs_f64() >= learning.checkpoint_seconds {
            learner.checkpoint(lineage.clone()).write(&path)?;
            kept = Instant::now();
        }
        if drawn.elapsed().as_secs_f64() >= 60.0 * learning.sheet_minutes {
            lesson.sheet(&learner.averaged(), &sheets.join(format!("{name}-{:06}.png", learner.step)))?;
            (drawn, drawn_step) = (Instant::now(), learner.step);
        }
    }
    learner.checkpoint(lineage).write(&path)?;
    let averaged = learner.averaged();
    if drawn_step < learner.step {
        lesson.sheet(&averaged, &sheets.join(format!("{name}-{:06}.png", learner.step)))?;
    }
    eprintln!("{name}: done after {} steps, {:.1} min", learner.step, learner.seconds / 60.0);
    Ok(averaged)
}

/// Losses are fetched every so many steps.
const LOG_EVERY: u64 = 20;
const SAY_EVERY_SECONDS: f64 = 10.0;
/// A step that takes longer was halted, or the machine slept: no more than this counts as time for learning.
const LONGEST_STEP_SECONDS: f64 = 120.0;

/// The losses as a table, and their running mean for the line of progress.
struct Log {
    file: fs::File,
    empty: bool,
    mean: Vec<(&'static str, f32)>,
}

impl Log {
    /// Opens the table and takes out what was written after `step`: those steps are made again.
    fn open(path: &Path, step: u64) -> Result<Self> {
        let context = || format!("cannot write {}", path.display());
        let table = fs::read_to_string(path).unwrap_or_default();
        let is_kept = |line: &&str| line.split(',').next().is_some_and(|first| first.parse::<u64>().map_or(true, |of| of < step));
        let kept: String = table.lines().filter(is_kept).map(|line| format!("{line}\n")).collect();
        fs::write(path, &kept).with_context(context)?;
        let file = OpenOptions::new().append(true).open(path).with_context(context)?;
        Ok(Self { file, empty: kept.is_empty(), mean: Vec::new() })
    }

    fn write(
        &mut self,
        step: u64,
        seconds: f64,
        rate: f64,
        norm: f64,
        total: f32,
        parts: Vec<(&'static str, f32)>,
    ) -> Result<()> {
        let measures: Vec<(&'static str, f32)> = [("loss", total)].into_iter().chain(parts).collect();
        if self.empty {
            let names: Vec<&str> = measures.iter().map(|(name, _)| *name).collect();
            writeln!(self.file, "step,seconds,learning_rate,gradient_norm,{}", names.join(","))?;
            self.empty = false;
        }
        let values: Vec<String> = measures.iter().map(|(_, value)| value.to_string()).collect();
        writeln!(self.file, "{step},{seconds:.1},{rate:.3e},{norm:.4},{}", values.join(","))?;
        if self.mean.is_empty() {
            self.mean = measures;
        } else {
            for ((_, mean), (_, value)) in self.mean.iter_mut().zip(measures) {
                *mean += 0.1 * (value - *mean);
            }
        }
        Ok(())
    }

    fn summary(&self) -> String {
        let measures: Vec<String> = self.mean.iter().map(|(name, mean)| format!("{name} {mean:.4}")).collect();
        measures.join(", ")
    }
}
