//! The engine: takes requests, computes, and reports. It runs as one task beside the hall and holds the model.

use std::cell::Cell;
use std::collections::VecDeque;
use std::future::{pending, poll_fn};
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::task::Poll;

use async_channel::{Receiver, Sender};
use diffusion::{Generation, Pace, Pipeline};

use crate::backend::Shown;
use crate::message::{Poke, Report, Request, RunId};
use crate::pace::AnyPace;
use crate::track::{Comparison, Track};
use crate::worker;

/// The hall's end of the engine: asks go in, reports come out. The engine ends when this is dropped.
#[cfg_attr(feature = "bevy", derive(bevy::prelude::Resource))]
pub struct Engine {
    requests: Sender<Request>,
    reports: Receiver<Report>,
}

impl Engine {
    /// Starts an engine on a device of a backend.
    pub fn start<B: Shown>(device: B::Device, device_name: String, pace: impl Pace + Send + 'static) -> Self {
        let (engine, line) = Self::connect();
        worker::start(Server::<B>::new(line, device, device_name, pace));
        engine
    }

    /// An engine that is yet to be started at the other end of the line. Requests wait there.
    pub(crate) fn connect() -> (Self, Line) {
        let (requests, to_serve) = async_channel::unbounded();
        let (done, reports) = async_channel::unbounded();
        (Self { requests, reports }, Line { requests: to_serve, reports: done })
    }

    /// Asks, without waiting.
    pub fn ask(&self, request: Request) {
        if self.requests.try_send(request).is_err() {
            log::error!("the engine has ended and takes no more requests");
        }
    }

    /// The next report, if there is one already.
    pub fn try_receive(&self) -> Option<Report> {
        self.reports.try_recv().ok()
    }
}

/// The engine's end of the line to the hall.
pub(crate) struct Line {
    pub requests: Receiver<Request>,
    pub reports: Sender<Report>,
}

impl Line {
    /// Reports, without waiting. Nobody is there to listen when the hall is closing.
    pub fn report(&self, report: Report) {
        let _ = self.reports.try_send(report);
    }

    /// Whether what is under way should be given up: something else is asked for, or the hall is gone.
    fn calls(&self) -> bool {
        !self.requests.is_empty() || self.requests.is_closed()
    }
}

/// What serves the requests.
pub(crate) struct Server<B: Shown> {
    line: Line,
    device: B::Device,
    device_name: String,
    pace: AnyPace,
    asked: Asked,
    pipeline: Option<Pipeline<B>>,
    first: Option<Track<B>>,
    second: Option<Second<B>>,
    /// The run that is being computed, so that a failure can be told to belong to it.
    run: Option<RunId>,
}

/// A track beside the first.
struct Second<B: Shown> {
    track: Track<B>,
    difference: RunId,
}

impl<B: Shown> Server<B> {
    pub fn new(line: Line, device: B::Device, device_name: String, pace: impl Pace + Send + 'static) -> Self {
        let pace = AnyPace::new(pace);
        Self { line, device, device_name, pace, asked: Asked::default(), pipeline: None, first: None, second: None, run: None }
    }

    /// Serves until the hall is gone. May be called again after a panic: what was being done is lost, the rest is kept.
    pub async fn serve(&mut self) {
        loop {
            if self.asked.is_nothing() && self.uncoloured().is_none() && self.unfinished().is_none() {
                match self.line.requests.recv().await {
                    Ok(request) => self.asked.put(request),
                    Err(_) => return,
                }
            }
            while let Ok(request) = self.line.requests.try_recv() {
                self.asked.put(request);
            }
            if self.line.requests.is_closed() {
                return;
            }
            if std::mem::take(&mut self.asked.stop) {
                (self.first, self.second) = (None, None);
            }
            if std::mem::take(&mut self.asked.alone) {
                self.second = None;
            }
            if let Some(folder) = self.asked.load.take() {
                self.load(&folder).await;
            } else if let Some((run, generation)) = self.asked.generate.take() {
                (self.first, self.second) = (None, None);
                self.begin(run, generation).await;
            } else if let Some(beside) = self.asked.beside.take() {
                self.second = None;
                self.begin_beside(beside).await;
            } else if let Some(&decode) = self.asked.decode.front() {
                self.decode(decode).await;
            } else if let Some(which) = self.uncoloured() {
                self.colour(which).await;
            } else if let Some(which) = self.unfinished() {
                self.advance(which).await;
            }
        }
    }

    /// Reports that what was being done has failed, and gives it up.
    pub fn fail(&mut self, message: String) {
        let run = self.run.take();
        // What broke down would break down again.
        self.asked.decode.clear();
        match (&self.first, run) {
            (_, None) => {}
            (Some(first), Some(run)) if first.run != run => self.second = None,
            _ => (self.first, self.second) = (None, None),
        }
        self.line.report(Report::Failed { run, message });
    }

    async fn load(&mut self, path: &Path) {
        let folder = match worker::open(path).await {
            Ok(folder) => folder,
            Err(error) => return self.fail(error.to_string()),
        };
        // Two models at once may be more than the device can hold.
        (self.first, self.second) = (None, None);
        if self.pipeline.take().is_some() {
            B::memory_cleanup(&self.device);
        }
        let (device, line) = (&self.device, &self.line);
        let mut told = |what: &str, fraction| line.report(Report::ModelLoading { what: what.into(), fraction });
        match Pipeline::load_with_progress(&folder, device, &mut told).await {
            Ok(pipeline) => {
                let (shape, device) = (pipeline.shape().clone(), self.device_name.clone());
                self.pipeline = Some(pipeline);
                self.line.report(Report::ModelLoaded { shape, device });
            }
            Err(error) => self.fail(error.to_string()),
        }
    }

    async fn begin(&mut self, run: RunId, generation: Generation) {
        self.run = Some(run);
        let Some(pipeline) = &self.pipeline else {
            return self.fail("no model is loaded: load a model folder before generating".into());
        };
        let begun = Track::begin(pipeline, run, &generation, None, &self.line, &self.pace).await;
        match begun {
            Ok(track) => self.first = Some(track),
            Err(error) => return self.fail(error.to_string()),
        }
        self.run = None;
    }

    async fn begin_beside(&mut self, Beside { run, difference, generation }: Beside) {
        let (Some(pipeline), Some(first)) = (&self.pipeline, &self.first) else {
            self.line.report(Report::Failed {
                run: Some(run),
                message: "there is no run to stand beside: generate a picture first".into(),
            });
            return;
        };
        self.run = Some(run);
        let comparison = Some(Comparison { first, difference });
        match Track::begin(pipeline, run, &generation, comparison, &self.line, &self.pace).await {
            Ok(track) => self.second = Some(Second { track, difference }),
            Err(error) => self.line.report(Report::Failed { run: Some(run), message: error.to_string() }),
        }
        self.run = None;
    }

    /// Stays asked for until it is done, so that another ask delays it and does not lose it.
    async fn decode(&mut self, Decode { run, step, poke }: Decode) {
        let (Some(pipeline), Some(first)) = (&self.pipeline, &self.first) else { return self.asked.decode.clear() };
        self.run = Some(run);
        let stopped = Cell::new(false);
        let pace = Interruptible { pace: &self.pace, line: &self.line, stopped: &stopped };
        let outcome = match &self.second {
            _ if run == first.run => unless(&stopped, first.decode_step(pipeline, step, poke, None, &pace)).await,
            Some(second) if run == second.track.run => {
                unless(&stopped, second.track.decode_step(pipeline, step, poke, None, &pace)).await
            }
            Some(second) if run == second.difference => {
                unless(&stopped, second.track.decode_step(pipeline, step, poke, Some(first), &pace)).await
            }
            // The run has gone meanwhile.
            _ => {
                self.run = None;
                self.asked.decode.pop_front();
                return;
            }
        };
        self.run = None;
        match outcome {
            None => return,
            Some(Ok(decoded)) => self.line.report(Report::LatentDecoded { run, decoded }),
            Some(Err(error)) => self.line.report(Report::Failed { run: Some(run), message: error.to_string() }),
        }
        self.asked.decode.pop_front();
    }

    /// Which track has a step to be coloured: the first before the second, which takes its colours.
    fn uncoloured(&self) -> Option<Which> {
        if !self.asked.colours {
            return None;
        }
        let of_second = || self.second.as_ref().and_then(|second| second.track.uncoloured()).map(|_| Which::Second);
        self.first.as_ref().and_then(Track::uncoloured).map(|_| Which::First).or_else(of_second)
    }

    async fn colour(&mut self, which: Which) {
        let Some((track, comparison)) = in_turn(which, &mut self.first, &mut self.second) else { return };
        self.run = Some(track.run);
        let outcome = track.colour(comparison, &self.line).await;
        if let Err(error) = outcome {
            return self.fail(error.to_string());
        }
        self.run = None;
        self.pace.pause().await;
    }

    /// Which track is to be brought on: the first, unless it is ahead.
    fn unfinished(&self) -> Option<Which> {
        let first = self.first.as_ref()?;
        match &self.second {
            Some(Second { track, .. }) if !track.is_finished() && track.may_go_on_beside(first) => Some(Which::Second),
            _ => (!first.is_finished()).then_some(Which::First),
        }
    }

    async fn advance(&mut self, which: Which) {
        let Some(pipeline) = &self.pipeline else { return };
        let stopped = Cell::new(false);
        let pace = Interruptible { pace: &self.pace, line: &self.line, stopped: &stopped };
        let Some((track, comparison)) = in_turn(which, &mut self.first, &mut self.second) else { return };
        self.run = Some(track.run);
        let outcome = unless(&stopped, track.advance(pipeline, comparison, &self.line, &pace)).await;
        if let Some(Err(error)) = outcome {
            return self.fail(error.to_string());
        }
        self.run = None;
    }
}

#[derive(Clone, Copy)]
enum Which {
    First,
    Second,
}

/// A track, and what it is compared with.
fn in_turn<'a, B: Shown>(
    which: Which,
    first: &'a mut Option<Track<B>>,
    second: &'a mut Option<Second<B>>,
) -> Option<(&'a mut Track<B>, Option<Comparison<'a, B>>)> {
    match (which, first, second) {
        (Which::First, Some(first), _) => Some((first, None)),
        (Which::Second, Some(first), Some(Second { track, difference })) => {
            Some((track, Some(Comparison { first: &*first, difference: *difference })))
        }
        _ => None,
    }
}

/// What is asked for and not yet begun.
#[derive(Default)]
struct Asked {
    /// This holds until it is asked otherwise.
    colours: bool,
    stop: bool,
    alone: bool,
    load: Option<PathBuf>,
    generate: Option<(RunId, Generation)>,
    beside: Option<Beside>,
    /// One at most for each run.
    decode: VecDeque<Decode>,
}

#[derive(Clone, Copy)]
struct Decode {
    run: RunId,
    step: usize,
    poke: Option<Poke>,
}

struct Beside {
    run: RunId,
    difference: RunId,
    generation: Generation,
}

impl Asked {
    fn is_nothing(&self) -> bool {
        !self.stop
            && !self.alone
            && self.load.is_none()
            && self.generate.is_none()
            && self.beside.is_none()
            && self.decode.is_empty()
    }

    fn put(&mut self, request: Request) {
        match request {
            // What was to be generated before belongs to another model.
            Request::Load(folder) => *self = Self { colours: self.colours, stop: true, load: Some(folder), ..Self::default() },
            Request::Generate { run, generation } => {
                (self.generate, self.beside) = (Some((run, generation)), None);
                self.decode.clear();
            }
            Request::Beside { run, difference, generation } => {
                (self.beside, self.alone) = (Some(Beside { run, difference, generation }), false);
            }
            Request::Colours(wanted) => self.colours = wanted,
            Request::Alone => (self.beside, self.alone) = (None, true),
            Request::Decode { run, step, poke } => {
                self.decode.retain(|asked| asked.run != run);
                self.decode.push_back(Decode { run, step, poke });
            }
            Request::Stop => *self = Self { colours: self.colours, stop: true, load: self.load.take(), ..Self::default() },
        }
    }
}

/// A pace that never comes back from a pause once something else is asked for.
struct Interruptible<'a> {
    pace: &'a AnyPace,
    line: &'a Line,
    stopped: &'a Cell<bool>,
}

impl Pace for Interruptible<'_> {
    async fn pause(&self) {
        self.pace.pause().await;
        if self.line.calls() {
            self.stopped.set(true);
            pending().await
        }
    }
}

/// What the task comes to, or `None` once it is stopped.
async fn unless<T>(stopped: &Cell<bool>, task: impl Future<Output = T>) -> Option<T> {
    let mut task = pin!(task);
    poll_fn(|context| match task.as_mut().poll(context) {
        Poll::Ready(outcome) => Poll::Ready(Some(outcome)),
        Poll::Pending if stopped.get() => Poll::Ready(None),
        Poll::Pending => Poll::Pending,
    })
    .await
}
