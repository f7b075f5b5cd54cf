//! What the hall knows: the model on show and the runs in front of the visitor, as the engine has reported them.

use std::collections::HashMap;

use bevy::ecs::system::SystemParam;
use bevy::log::{error, info};
use bevy::prelude::*;
use bridge::{
    Array, Engine, FeatureColours, Generation, LatentDecoded, ModelShape, Report, Request, RunId, RunStarted, Site, StepDenoised,
    TensorImage,
};

use crate::HallSystems;
use crate::settings::HallSettings;
use crate::tour::score::Score;
use crate::tour::time::TourTime;

pub(crate) fn plugin(app: &mut App) {
    app.init_resource::<Model>()
        .init_resource::<Run>()
        .init_resource::<Beside>()
        .add_message::<Paint>()
        .add_message::<PaintBeside>()
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

/// Asks for a second run beside the first; with `None` the first stands alone again. Comes after a [`Paint`] of the same frame.
#[derive(Message, Clone, Debug)]
pub struct PaintBeside(pub Option<Generation>);

/// The words of a new run are known, or a run beside it has gone.
#[derive(Message, Clone, Copy, Debug)]
pub struct RunBegan;

/// Which of the runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Lane {
    #[default]
    A,
    B,
    /// What B has more than A.
    Difference,
}

impl Lane {
    pub const ALL: [Self; 3] = [Self::A, Self::B, Self::Difference];
}

/// The second run and its difference from the first, if there is one.
#[derive(Resource, Clone, Debug, Default)]
pub struct Beside(pub Option<Pair>);

#[derive(Clone, Debug)]
pub struct Pair {
    /// As it was asked for.
    pub generation: Generation,
    pub b: Run,
    /// B − A; of pictures the distance.
    pub difference: Run,
}

/// All runs in front of the visitor.
#[derive(SystemParam)]
pub struct Lanes<'w> {
    a: Res<'w, Run>,
    beside: Res<'w, Beside>,
}

impl Lanes<'_> {
    pub fn a(&self) -> &Run {
        &self.a
    }

    pub fn pair(&self) -> Option<&Pair> {
        self.beside.0.as_ref()
    }

    pub fn run(&self, lane: Lane) -> Option<&Run> {
        match lane {
            Lane::A => Some(&self.a),
            Lane::B => self.pair().map(|pair| &pair.b),
            Lane::Difference => self.pair().map(|pair| &pair.difference),
        }
    }

    /// Tour time, in microseconds, up to which all lanes have something to show.
    pub fn computed_until(&self, score: &Score, shape: &ModelShape) -> i64 {
        let a = self.a.computed_until(score, shape);
        // What has failed is not waited for.
        match self.pair().filter(|pair| pair.b.failure.is_none()) {
            Some(pair) => a.min(pair.b.computed_until(score, shape)),
            None => a,
        }
    }

    /// A run that ended early, of which the visitor has not read why. `read`: the run that he has read of.
    pub fn failed(&self, read: Option<RunId>) -> Option<&Run> {
        let runs = [Some(self.a()), self.pair().map(|pair| &pair.b)];
        runs.into_iter().flatten().find(|run| run.failure.is_some() && read != Some(run.id))
    }
}

/// A run, and everything in it that has been reported so far. All of it is kept, so that going back is instant.
#[derive(Resource, Clone, Debug, Default)]
pub struct Run {
    pub id: RunId,
    pub started: Option<RunStarted>,
    pub steps: Vec<StepDenoised>,
    features: HashMap<(usize, Site), TensorImage>,
    colours: HashMap<(usize, Site), FeatureColours>,
    /// Of each step, how strongly each token is looked at where, and the strongest of all that words and their pieces get.
    word_maps: Vec<Option<(TensorImage, f32)>>,
    pub picture: Option<TensorImage>,
    /// The same, [3, height, width], 0..1.
    pub picture_numbers: Array,
    decoded: Option<LatentDecoded>,
    times_decoded: usize,
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
            Report::FeaturesInColour { run, step, site, colours } if run == self.id => {
                self.colours.insert((step, site), colours);
            }
            Report::LatentDecoded { run, decoded } if run == self.id => {
                self.decoded = Some(decoded);
                self.times_decoded += 1;
            }
            Report::StepDenoised { run, step } if run == self.id => {
                self.word_maps.push(self.word_map_of(&step.numbers.word_maps));
                self.steps.push(step);
            }
            Report::PictureDecoded { run, picture, numbers, seconds } if run == self.id => {
                (self.picture, self.picture_numbers, self.seconds) = (Some(picture), numbers, seconds);
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

    /// What was seen at a site in a step, as colours.
    pub fn colours(&self, step: usize, site: Site) -> Option<&FeatureColours> {
        self.colours.get(&(step, site))
    }

    /// What the visitor had decoded last.
    pub fn decoded(&self) -> Option<&LatentDecoded> {
        self.decoded.as_ref()
    }

    /// How many times the visitor had something decoded.
    pub fn times_decoded(&self) -> usize {
        self.times_decoded
    }

    /// Cross-attention of a step to each token, [tokens, height, width], and the value that should look brightest: the largest that
    /// a piece of a word gets. Start, end and padding take what the words leave, which is most.
    pub fn word_maps(&self, step: usize) -> Option<&(TensorImage, f32)> {
        self.word_maps.get(step)?.as_ref()
    }

    fn word_map_of(&self, maps: &Array) -> Option<(TensorImage, f32)> {
        let [tokens, height, width] = maps.shape[..] else { return None };
        let slots = &self.started.as_ref()?.tokens.slots;
        let pieces = (0..tokens).filter(|&slot| slots.get(slot).is_some_and(|token| token.word.is_some()));
        let strongest = pieces.flat_map(|slot| maps.row(slot)).fold(0.0f32, |most, weight| most.max(weight.abs()));
        Some((TensorImage::from_values([tokens, height, width], maps.values.to_vec()), strongest.max(1e-6)))
    }

    /// The step of this run that is shown in a step of a score of `steps`: runs of different lengths are as far on.
    pub fn step_like(&self, step: usize, steps: usize) -> usize {
        let own = self.step_count();
        if own == steps || steps == 0 || own == 0 {
            return step;
        }
        ((step + 1) * own).div_ceil(steps).clamp(1, own) - 1
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
        if self.picture.is_some() && self.steps.len() >= self.step_count() {
            return score.end();
        }
        // Of a score of another length the whole steps only.
        if self.step_count() != score.steps {
            let done = (0..score.steps).take_while(|&step| self.step_like(step, score.steps) < self.steps.len()).count();
            return score.computed_until(done, 0);
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
    (mut wishes, mut wishes_beside): (MessageReader<Paint>, MessageReader<PaintBeside>),
    mut model: ResMut<Model>,
    mut run: ResMut<Run>,
    mut beside: ResMut<Beside>,
    mut time: ResMut<TourTime>,
    mut last_id: Local<u64>,
    mut began: MessageWriter<RunBegan>,
) {
    let Some(engine) = engine else { return };
    if *model == Model::Absent {
        engine.ask(Request::Load(settings.model.clone()));
        model.set_if_neq(Model::Loading { what: String::new(), fraction: 0.0 });
    }
    let mut next_id = || {
        *last_id += 1;
        RunId(*last_id)
    };
    if let Some(Paint(generation)) = wishes.read().last() {
        *run = Run::new(next_id());
        beside.0 = None;
        *time = TourTime { speed: time.speed, ..TourTime::default() };
        engine.ask(Request::Generate { run: run.id, generation: generation.clone() });
    }
    match wishes_beside.read().last() {
        Some(PaintBeside(Some(generation))) => {
            let (b, difference) = (Run::new(next_id()), Run::new(next_id()));
            engine.ask(Request::Beside { run: b.id, difference: difference.id, generation: generation.clone() });
            beside.0 = Some(Pair { generation: generation.clone(), b, difference });
        }
        Some(PaintBeside(None)) => {
            engine.ask(Request::Alone);
            beside.0 = None;
            began.write(RunBegan);
        }
        None => {}
    }
}

/// Takes in what the engine has reported. The first runs are asked for as soon as the model stands.
fn receive(
    engine: Option<Res<Engine>>,
    settings: Res<HallSettings>,
    mut model: ResMut<Model>,
    mut run: ResMut<Run>,
    mut beside: ResMut<Beside>,
    (mut wishes, mut wishes_beside): (MessageWriter<Paint>, MessageWriter<PaintBeside>),
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
                if settings.beside.is_some() {
                    wishes_beside.write(PaintBeside(settings.beside.clone()));
                }
            }
            Report::Failed { run: None, message } => {
                error!("{message}");
                *model = Model::Failed { message };
            }
            news => {
                if let Report::Failed { message, .. } = &news {
                    error!("{message}");
                }
                let of_both = [Some(run.id), beside.0.as_ref().map(|pair| pair.b.id)];
                if matches!(news, Report::RunStarted { .. }) && of_both.contains(&news.run()) {
                    began.write(RunBegan);
                }
                match &mut beside.0 {
                    Some(pair) if news.run() == Some(pair.b.id) => pair.b.take(news),
                    Some(pair) if news.run() == Some(pair.difference.id) => pair.difference.take(news),
                    _ => run.take(news),
                }
            }
        }
    }
}
