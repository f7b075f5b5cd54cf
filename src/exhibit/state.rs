//! What the hall knows: the model on show and the run in front of the visitor, as the engine has reported them.

use std::collections::HashMap;

use bevy::log::{error, info};
use bevy::prelude::*;
use bridge::{Engine, Generation, ModelShape, Report, Request, RunId, RunStarted, Site, StepDenoised, TensorImage};

use crate::HallSystems;
use crate::settings::HallSettings;
use crate::tour::score::Score;
use crate::tour::time::TourTime;

pub(crate) fn plugin(app: &mut App) {
    app.init_resource::<Model>()
        .init_resource::<Run>()
        .add_message::<Paint>()
        .add_message::<RunBegan>()
        .add_systems(Update, ask.in_set(HallSystems::Ask))
        .add_systems(Update, receive.in_set(HallSystems::Receive));
}

/// The model on show.
#[derive(Resource, Clone, Debug, Default, PartialEq)]
pub enum Model {
    /// Nobody has asked for it yet.
    #[default]
    Absent,
    /// `fraction`: 0..1
    Loading { what: String, fraction: f32 },
    /// `device` says in words what it computes on.
    Loaded { shape: ModelShape, device: String },
    /// The engine's own sentence.
    Failed { message: String },
}

impl Model {
    pub fn shape(&self) -> Option<&ModelShape> {
        match self {
            Self::Loaded { shape, .. } => Some(shape),
            _ => None,
        }
    }
}

/// Asks for a new run.
#[derive(Message, Clone, Debug)]
pub struct Paint(pub Generation);

/// The words of a new run are known.
#[derive(Message, Clone, Copy, Debug)]
pub struct RunBegan;

/// A run, and everything in it that has been reported so far. All of it is kept, so that going back is instant.
#[derive(Resource, Clone, Debug, Default)]
pub struct Run {
    pub id: RunId,
    pub started: Option<RunStarted>,
    pub steps: Vec<StepDenoised>,
    features: HashMap<(usize, Site), TensorImage>,
    pub picture: Option<TensorImage>,
    /// What the whole run took to compute.
    pub seconds: f32,
    /// Why it ended early.
    pub failure: Option<String>,
}

impl Run {
    fn new(id: RunId) -> Self {
        Self { id, ..Self::default() }
    }

    /// Takes in news of this run; news of another is dropped.
    pub fn take(&mut self, report: Report) {
        match report {
            Report::RunStarted { run, started } if run == self.id => self.started = Some(started),
            Report::FeaturesObserved { run, step, site, features } if run == self.id => {
                self.features.insert((step, site), features);
            }
            Report::StepDenoised { run, step } if run == self.id => self.steps.push(step),
            Report::PictureDecoded { run, picture, seconds } if run == self.id => {
                (self.picture, self.seconds) = (Some(picture), seconds);
            }
            Report::Failed { run: Some(run), message } if run == self.id => self.failure = Some(message),
            _ => {}
        }
    }

    /// Steps of the run, computed or not. 0 while it has not begun.
    pub fn step_count(&self) -> usize {
        self.started.as_ref().map_or(0, |started| started.timesteps.len())
    }

    /// What was seen at a site in a step.
    pub fn features(&self, step: usize, site: Site) -> Option<&TensorImage> {
        self.features.get(&(step, site))
    }

    /// The latent that enters a step: the noise, or what the step before has left.
    pub fn latent_before(&self, step: usize) -> Option<&TensorImage> {
        match step.checked_sub(1) {
            None => self.started.as_ref().map(|started| &started.noise),
            Some(before) => self.steps.get(before).map(|step| &step.latent),
        }
    }

    /// Tour time, in microseconds, up to which there is something to show.
    pub fn computed_until(&self, score: &Score, shape: &ModelShape) -> i64 {
        if self.started.is_none() {
            return 0;
        }
        if self.picture.is_some() && self.steps.len() >= score.steps {
            return score.end();
        }
        let done = self.steps.len();
        let seen =
            |block: &bridge::BlockShape| self.features.contains_key(&(done, Site::Unet(block.block, bridge::Part::Output)));
        score.computed_until(done, shape.blocks.iter().take_while(|block| seen(block)).count())
    }
}

/// Asks the engine for the model when the doors open, and for every run that the visitor wants.
fn ask(
    engine: Option<Res<Engine>>,
    settings: Res<HallSettings>,
    mut wishes: MessageReader<Paint>,
    mut model: ResMut<Model>,
    mut run: ResMut<Run>,
    mut time: ResMut<TourTime>,
) {
    let Some(engine) = engine else { return };
    if *model == Model::Absent {
        engine.ask(Request::Load(settings.model.clone()));
        model.set_if_neq(Model::Loading { what: String::new(), fraction: 0.0 });
    }
    if let Some(Paint(generation)) = wishes.read().last() {
        *run = Run::new(RunId(run.id.0 + 1));
        *time = TourTime { speed: time.speed, ..TourTime::default() };
        engine.ask(Request::Generate { run: run.id, generation: generation.clone() });
    }
}

/// Takes in what the engine has reported. The first run is asked for as soon as the model stands.
fn receive(
    engine: Option<Res<Engine>>,
    settings: Res<HallSettings>,
    mut model: ResMut<Model>,
    mut run: ResMut<Run>,
    mut wishes: MessageWriter<Paint>,
    mut began: MessageWriter<RunBegan>,
) {
    let Some(engine) = engine else { return };
    while let Some(report) = engine.try_receive() {
        match report {
            Report::ModelLoading { what, fraction } => *model = Model::Loading { what, fraction },
            Report::ModelLoaded { shape, device } => {
                info!("{} is loaded, {device}", shape.name);
                *model = Model::Loaded { shape, device };
                wishes.write(Paint(settings.generation.clone()));
            }
            Report::Failed { run: None, message } => {
                error!("{message}");
                *model = Model::Failed { message };
            }
            news => {
                if let Report::Failed { message, .. } = &news {
                    error!("{message}");
                }
                let had_begun = run.started.is_some();
                run.take(news);
                if run.started.is_some() && !had_begun {
                    began.write(RunBegan);
                }
            }
        }
    }
}
