//! The engine: takes requests, computes, and reports. It runs as one task beside the hall and holds the model.

use std::cell::Cell;
use std::future::{pending, poll_fn};
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::task::Poll;

use async_channel::{Receiver, Sender};
use diffusion::{Generation, Pace, Pipeline};

use crate::backend::Shown;
use crate::message::{Report, Request, RunId};
use crate::pace::AnyPace;
use crate::{run, worker};

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
    /// The run under way, so that a failure can be told to belong to it.
    run: Option<RunId>,
}

impl<B: Shown> Server<B> {
    pub fn new(line: Line, device: B::Device, device_name: String, pace: impl Pace + Send + 'static) -> Self {
        Self { line, device, device_name, pace: AnyPace::new(pace), asked: Asked::default(), pipeline: None, run: None }
    }

    /// Serves until the hall is gone. May be called again after a panic: what was being done is lost, the rest is kept.
    pub async fn serve(&mut self) {
        loop {
            if self.asked.is_nothing() {
                match self.line.requests.recv().await {
                    Ok(request) => self.asked.put(request),
                    Err(_) => return,
                }
            }
            while let Ok(request) = self.line.requests.try_recv() {
                self.asked.put(request);
            }
            if let Some(folder) = self.asked.load.take() {
                self.load(&folder).await;
            } else if let Some((run, generation)) = self.asked.generate.take() {
                self.run = Some(run);
                self.generate(run, &generation).await;
                self.run = None;
            }
        }
    }

    /// Reports that what was being done has failed.
    pub fn fail(&mut self, message: String) {
        let run = self.run.take();
        self.line.report(Report::Failed { run, message });
    }

    async fn load(&mut self, path: &Path) {
        let folder = match worker::open(path).await {
            Ok(folder) => folder,
            Err(error) => return self.fail(error.to_string()),
        };
        // Two models at once may be more than the device can hold.
        if self.pipeline.take().is_some() {
            B::memory_cleanup(&self.device);
        }
        let (device, line) = (&self.device, &self.line);
        let loaded = B::memory_persistent_allocations(device, (), |()| {
            Pipeline::load_with_progress(&folder, device, &mut |what, fraction| {
                line.report(Report::ModelLoading { what: what.into(), fraction });
            })
        });
        match loaded {
            Ok(pipeline) => {
                let (shape, device) = (pipeline.shape().clone(), self.device_name.clone());
                self.pipeline = Some(pipeline);
                self.line.report(Report::ModelLoaded { shape, device });
            }
            Err(error) => self.fail(error.to_string()),
        }
    }

    async fn generate(&mut self, run: RunId, generation: &Generation) {
        let Some(pipeline) = &self.pipeline else {
            return self.fail("no model is loaded: load a model folder before generating".into());
        };
        let stopped = Cell::new(false);
        let pace = Interruptible { pace: &self.pace, line: &self.line, stopped: &stopped };
        let outcome = unless(&stopped, run::generate(pipeline, run, generation, &self.line, &pace)).await;
        if let Some(Err(error)) = outcome {
            self.fail(error.to_string());
        }
    }
}

/// What is asked for and not yet begun.
#[derive(Default)]
struct Asked {
    load: Option<PathBuf>,
    generate: Option<(RunId, Generation)>,
}

impl Asked {
    fn is_nothing(&self) -> bool {
        self.load.is_none() && self.generate.is_none()
    }

    fn put(&mut self, request: Request) {
        match request {
            // What was to be generated before belongs to another model.
            Request::Load(folder) => *self = Self { load: Some(folder), generate: None },
            Request::Generate { run, generation } => self.generate = Some((run, generation)),
            Request::Stop => self.generate = None,
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
