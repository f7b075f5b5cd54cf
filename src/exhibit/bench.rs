//! The stutter test: what a frame of the hall takes while no run computes and while runs do, and what many runs leave in memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use bevy::render::render_resource::PollType;
use bevy::render::renderer::{RenderAdapterInfo, RenderDevice, RenderQueue};
use bridge::{Generation, SharedDevice};
use serde::Serialize;

use crate::nodes::Hall;
use crate::snapshot::{SETTLING_FRAMES, Studio, WAIT};
use crate::state::{Paint, Run};
use crate::tour::TourTime;
use crate::tour::score::PROLOGUE_MICROS;
use crate::words::{Ring, Wheel};
use crate::{HallError, HallSettings, Quality, Stop};

/// How much is measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bench {
    /// Width and height of a frame in pixels.
    pub size: [u32; 2],
    /// Frames that are timed while no run computes, and at least so many while runs do.
    pub frames: u32,
    /// Runs after each of which memory is looked at.
    pub runs: u32,
}

/// What was measured.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Measured {
    /// What draws: the adapter's own name, and what kind it says it is.
    pub adapter: String,
    pub adapter_type: String,
    /// What the engine computes on, in words.
    pub engine: String,
    pub contention: Contention,
    /// Width and height of a frame in pixels.
    pub size: [u32; 2],
    pub smooth_edges: bool,
    pub mirrors: bool,
    pub idle: FrameTimes,
    pub running: FrameTimes,
    /// Runs that came to their end while `running` was measured.
    pub whole_runs: u32,
    /// 95th percentile of `running` by that of `idle`.
    pub p95_ratio: f64,
    pub most_p95_ratio: f64,
    pub is_smooth: bool,
    /// Of the process, where the system tells: Linux.
    pub resident: Option<Growth>,
    /// On the graphics device, burn's share included, where its driver leaves the bookkeeping to wgpu: Vulkan, Direct3D 12.
    /// Of a software adapter it is a part of `resident`.
    pub graphics: Option<Growth>,
}

/// What the engine takes from the renderer while it computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Contention {
    /// The adapter is a program: both compute on the processor.
    Processor,
    /// Both compute on one GPU.
    Gpu,
    /// The engine computes on the processor, with which the hall only says what the GPU draws.
    Little,
}

/// Wall time of frames in milliseconds, until the last pixel is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct FrameTimes {
    pub frames: usize,
    pub median_ms: f64,
    pub p95_ms: f64,
    pub max_ms: f64,
}

impl FrameTimes {
    /// `None` of no frames.
    pub fn of(mut milliseconds: Vec<f64>) -> Option<Self> {
        milliseconds.sort_by(f64::total_cmp);
        let frames = milliseconds.len();
        // Nearest rank.
        let percentile = |percent: usize| milliseconds.get((frames * percent).div_ceil(100).saturating_sub(1)).copied();
        Some(Self { frames, median_ms: percentile(50)?, p95_ms: percentile(95)?, max_ms: percentile(100)? })
    }
}

/// Memory after each of many runs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Growth {
    /// In MiB, after each run.
    pub after_each_mib: Vec<f64>,
    /// The run, counted from 1, from which growth is counted: before it caches fill.
    pub from_run: usize,
    /// MiB that a run adds, by least squares; absent of a single run.
    pub mib_per_run: Option<f64>,
    pub is_flat: Option<bool>,
}

/// The engine may slow a frame down so many times, at the 95th percentile.
const MOST_P95_RATIO: f64 = 1.3;
/// Frames before the first that counts: shaders are compiled, textures made.
const WARM_UP_FRAMES: u32 = 30;
/// Runs before the first that counts, where there are more.
const WARM_UP_RUNS: usize = 10;
/// Memory that grows by less is flat: after a day of 2000 runs it is 200 MiB more.
const FLAT_MIB_PER_RUN: f64 = 0.1;
/// Between looks at whether a frame is drawn.
const GLANCE: Duration = Duration::from_micros(100);
const BYTES_PER_MIB: f64 = 1_048_576.0;

impl Growth {
    /// `None` of no runs.
    pub fn of(after_each_mib: Vec<f64>) -> Option<Self> {
        let runs = after_each_mib.len();
        let from_run = if runs > WARM_UP_RUNS { WARM_UP_RUNS } else { 1 };
        let mib_per_run = slope(after_each_mib.get(from_run - 1..)?);
        let is_flat = mib_per_run.map(|mib| mib < FLAT_MIB_PER_RUN);
        (runs > 0).then_some(Self { after_each_mib, from_run, mib_per_run, is_flat })
    }
}

/// By how much each value is more than the one before it, by least squares. `None` of fewer than two.
fn slope(values: &[f64]) -> Option<f64> {
    let count = values.len() as f64;
    let (middle, mean) = ((count - 1.0) / 2.0, values.iter().sum::<f64>() / count);
    let from_middle = |place: usize| place as f64 - middle;
    let covariance: f64 = values.iter().enumerate().map(|(place, value)| from_middle(place) * (value - mean)).sum();
    let variance: f64 = (0..values.len()).map(|place| from_middle(place).powi(2)).sum();
    (values.len() > 1).then(|| covariance / variance)
}

/// Opens the hall without a window and measures it: a visitor stands before the UNet, and the tour plays.
///
/// # Errors
/// If the model cannot be loaded, a run fails, or nothing can be drawn.
pub fn bench_hall(settings: &HallSettings, bench: Bench, progress: &mut dyn FnMut(String)) -> Result<Measured, HallError> {
    let mut hall = TimedHall::open(settings, bench.size, progress)?;
    progress(format!("timing {} frames while no run computes", bench.frames));
    let idle = hall.time_idle(bench.frames)?;
    progress(format!("timing {} frames or more while runs compute, one run at least", bench.frames));
    let (running, whole_runs) = hall.time_running(bench.frames)?;
    let (resident, graphics) = hall.watch_memory(bench.runs, progress)?;

    let world = hall.studio.world();
    let adapter = world.get_resource::<RenderAdapterInfo>().ok_or(HallError::NoFrame)?;
    let (adapter, adapter_type) = (adapter.name.clone(), format!("{:?}", adapter.device_type));
    let contention = match (adapter_type == "Cpu", world.contains_resource::<SharedDevice>()) {
        (true, _) => Contention::Processor,
        (false, true) => Contention::Gpu,
        (false, false) => Contention::Little,
    };
    let quality = world.resource::<Quality>();
    let p95_ratio = running.p95_ms / idle.p95_ms;
    Ok(Measured {
        adapter,
        adapter_type,
        engine: world.resource::<Hall>().device.clone(),
        contention,
        size: bench.size,
        smooth_edges: quality.smooth_edges,
        mirrors: quality.mirrors,
        idle,
        running,
        whole_runs,
        p95_ratio,
        most_p95_ratio: MOST_P95_RATIO,
        is_smooth: p95_ratio <= MOST_P95_RATIO,
        resident,
        graphics,
    })
}

/// A hall without a window whose frames are waited for.
struct TimedHall {
    studio: Studio,
    device: RenderDevice,
    queue: RenderQueue,
    /// The run that was asked for last.
    generation: Generation,
}

impl TimedHall {
    /// The first run is over.
    fn open(settings: &HallSettings, size: [u32; 2], progress: &mut dyn FnMut(String)) -> Result<Self, HallError> {
        // A visitor's quality on this adapter; from now on it stays, so that all frames draw the same.
        let mut studio = Studio::open(settings, Quality::default());
        studio.world().resource_mut::<Quality>().adapts = false;
        studio.load(progress)?;
        let world = studio.world();
        let device = world.get_resource::<RenderDevice>().cloned().ok_or(HallError::NoFrame)?;
        let queue = world.get_resource::<RenderQueue>().cloned().ok_or(HallError::NoFrame)?;
        let hall = world.resource::<Hall>().clone();
        // The camera keeps the image that it draws into.
        studio.look_at(&hall, Stop::Unet, size);
        let mut timed = Self { studio, device, queue, generation: settings.generation.clone() };
        timed.wait_for_picture()?;
        Ok(timed)
    }

    fn time_idle(&mut self, frames: u32) -> Result<FrameTimes, HallError> {
        for _ in 0..WARM_UP_FRAMES {
            self.frame()?;
        }
        let milliseconds = (0..frames).map(|_| self.frame()).collect::<Result<Vec<f64>, HallError>>()?;
        FrameTimes::of(milliseconds).ok_or(HallError::NoFrame)
    }

    /// Times frames while one run is asked for after another, until there are enough and one run has been timed from its words to
    /// its picture. Also says how many have.
    fn time_running(&mut self, frames: u32) -> Result<(FrameTimes, u32), HallError> {
        let (mut milliseconds, mut whole_runs) = (Vec::new(), 0);
        while milliseconds.len() < frames as usize || whole_runs == 0 {
            if self.has_picture() {
                self.paint(Generation { seed: self.generation.seed.wrapping_add(1), ..self.generation.clone() });
            }
            milliseconds.push(self.frame()?);
            whole_runs += u32::from(self.has_picture());
        }
        Ok((FrameTimes::of(milliseconds).ok_or(HallError::NoFrame)?, whole_runs))
    }

    /// Looks at memory after each of many runs, all of different prompts: resident and on the graphics device.
    fn watch_memory(
        &mut self,
        runs: u32,
        progress: &mut dyn FnMut(String),
    ) -> Result<(Option<Growth>, Option<Growth>), HallError> {
        let mut wheel = Wheel::of(&self.generation.prompt);
        let (mut resident, mut graphics) = (Vec::new(), Vec::new());
        for run in 1..=runs {
            turn(&mut wheel);
            self.paint(Generation { prompt: wheel.sentence(), ..self.generation.clone() });
            // Only the frame after this one has forgotten the picture before.
            self.frame()?;
            self.wait_for_picture()?;
            self.go_to_last_lap();
            for _ in 0..SETTLING_FRAMES {
                self.frame()?;
            }
            let report = self.device.wgpu_device().generate_allocator_report();
            graphics.extend(report.map(|report| report.total_allocated_bytes as f64 / BYTES_PER_MIB));
            let now_resident = resident_mib();
            resident.extend(now_resident);
            let said = now_resident.map(|mib| format!("{mib:.0} MiB, ")).unwrap_or_default();
            progress(format!("run {run} of {runs}: {said}{}", self.generation.prompt));
        }
        Ok((Growth::of(resident), Growth::of(graphics)))
    }

    fn paint(&mut self, generation: Generation) {
        self.generation = generation.clone();
        self.studio.world().write_message(Paint(generation));
    }

    fn has_picture(&mut self) -> bool {
        self.studio.world().resource::<Run>().picture.is_some()
    }

    /// Draws now and then until the run is over, and leaves the processor to the engine in between.
    fn wait_for_picture(&mut self) -> Result<(), HallError> {
        while !self.has_picture() {
            self.frame()?;
            std::thread::sleep(WAIT);
        }
        Ok(())
    }

    /// One frame, and the milliseconds until its last pixel was drawn.
    fn frame(&mut self) -> Result<f64, HallError> {
        self.keep_lapping();
        let began = Instant::now();
        self.studio.frame();
        self.wait_for_pixels();
        let milliseconds = began.elapsed().as_secs_f64() * 1000.0;
        self.studio.check()?;
        Ok(milliseconds)
    }

    /// The tour stays in the loop, where planes change: after the last lap comes the first again.
    fn keep_lapping(&mut self) {
        let world = self.studio.world();
        let score = world.resource::<Hall>().score(world.resource::<Run>());
        let laps = PROLOGUE_MICROS..score.computed_until(score.steps, 0);
        let mut time = world.resource_mut::<TourTime>();
        if score.steps > 0 && !laps.contains(&time.micros) {
            time.micros = PROLOGUE_MICROS;
        }
    }

    /// Every plane shows the last step.
    fn go_to_last_lap(&mut self) {
        let world = self.studio.world();
        let score = world.resource::<Hall>().score(world.resource::<Run>());
        world.resource_mut::<TourTime>().micros = score.pictured_at(Stop::Unet, None);
    }

    /// Waits until the adapter has done what it was given. Whoever waits inside `poll` holds back what the engine submits: so this
    /// asks again and again instead.
    fn wait_for_pixels(&self) {
        let are_drawn = Arc::new(AtomicBool::new(false));
        let drawn = are_drawn.clone();
        self.queue.on_submitted_work_done(move || drawn.store(true, Ordering::Release));
        // A device that is lost draws nothing more.
        while self.device.poll(PollType::Poll).is_ok() && !are_drawn.load(Ordering::Acquire) {
            std::thread::sleep(GLANCE);
        }
    }
}

/// Turns to the next prompt. The rings have 42, 11, 11, 9 and 11 words: the same sentence comes again after 1386.
fn turn(wheel: &mut Wheel) {
    for ring in [Ring::Subject, Ring::Colour, Ring::Place, Ring::Sky, Ring::Medium] {
        wheel.take_ring(ring);
        wheel.turn(1);
    }
}

/// What the process holds in memory. `/proc/self/statm` says it too, but in pages of a size that it does not tell.
fn resident_mib() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: f64 = resident.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib / 1024.0)
}
