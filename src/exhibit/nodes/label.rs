//! A label: a line of type in the hall. It is seen from where it can be read.

use bevy::prelude::*;
use bevy_rich_text3d::{LoadFonts, Text3d, Text3dPlugin, Text3dStyling, TextAlign, TextAnchor, Weight};
use bridge::{Array, ModelShape, SchedulerKind};

use super::Hall;
use super::tokens::{Slot, slots};
use super::workshop::Workshop;
use crate::HallSystems;
use crate::analysis::norm;
use crate::input::Intent;
use crate::panels::Panels;
use crate::state::{Lanes, Run};
use crate::stop::Stop;
use crate::text::{self, Texts};
use crate::theme;
use crate::tour::Guide;
use crate::tour::score::{Moment, SCHEDULER};
use crate::tour::time::TourTime;
use crate::track::place::Place;

pub(crate) const REGULAR: &[u8] = include_bytes!("../../../assets/fonts/Inter-Regular.otf");
pub(crate) const SEMI_BOLD: &[u8] = include_bytes!("../../../assets/fonts/Inter-SemiBold.otf");

pub(super) fn plugin(app: &mut App) {
    app.insert_resource(LoadFonts { font_embedded: vec![REGULAR, SEMI_BOLD], ..default() })
        .add_plugins(Text3dPlugin {
            default_atlas_dimension: (2048, 1024),
            sync_scale_factor_with_main_window: false,
            serif_family: "Inter".into(),
            sans_serif_family: "Inter".into(),
            locale: Some("en-US".into()),
            ..default()
        })
        .init_resource::<Inspecting>()
        .add_systems(Update, (inspect, write_lines).chain().in_set(HallSystems::Animate).run_if(resource_exists::<Hall>))
        .add_systems(Update, show_readable.in_set(HallSystems::Present));
}

/// How a line is set.
#[derive(Clone, Copy, Debug)]
pub struct Lettering {
    /// Size of the type.
    pub metres: f32,
    pub weight: Weight,
    pub colour: Srgba,
    pub anchor: TextAnchor,
    pub align: TextAlign,
    /// Where lines break, in metres.
    pub width: Option<f32>,
    pub seen: Option<Seen>,
}

impl Lettering {
    /// Centred, for headings.
    pub fn title(metres: f32) -> Self {
        Self {
            metres,
            weight: Weight::SEMIBOLD,
            colour: theme::INK,
            anchor: TextAnchor::TOP_CENTER,
            align: TextAlign::Center,
            width: None,
            seen: None,
        }
    }

    /// Centred, for running text.
    pub fn body(metres: f32) -> Self {
        Self { weight: Weight::NORMAL, colour: theme::INK_SOFT, ..Self::title(metres) }
    }

    pub fn coloured(self, colour: Srgba) -> Self {
        Self { colour, ..self }
    }

    pub fn from_left(self) -> Self {
        Self { anchor: TextAnchor::TOP_LEFT, align: TextAlign::Left, ..self }
    }

    pub fn from_right(self) -> Self {
        Self { anchor: TextAnchor::TOP_RIGHT, align: TextAlign::Right, ..self }
    }

    /// Centred upon its place in height as well.
    pub fn in_middle(self) -> Self {
        Self { anchor: TextAnchor::CENTER, align: TextAlign::Center, ..self }
    }

    pub fn within(self, metres: f32) -> Self {
        Self { width: Some(metres), ..self }
    }

    pub fn seen(self, seen: Seen) -> Self {
        Self { seen: Some(seen), ..self }
    }

    /// Size of the glyphs in the atlas: about as large as they are seen, since the atlas has no smaller copies.
    pub(super) fn raster_pixels(&self) -> f32 {
        if self.weight == Weight::SEMIBOLD { 56.0 } else { 36.0 }
    }
}

/// From where something is seen.
#[derive(Component, Clone, Copy, Debug, PartialEq)]
pub struct Seen {
    /// Distances in metres.
    from: f32,
    to: f32,
    /// Whether one stands in front of this place, or does not.
    faced: Option<(Place, bool)>,
}

impl Seen {
    pub fn within(metres: f32) -> Self {
        Self { from: 0.0, to: metres, faced: None }
    }

    pub fn beyond(metres: f32) -> Self {
        Self { from: metres, to: f32::MAX, faced: None }
    }

    /// From where a station is read.
    pub fn in_front_of(place: &Place) -> Self {
        Self { from: 0.0, to: f32::MAX, faced: Some((*place, true)) }
    }

    /// From everywhere else.
    pub fn from_elsewhere(place: &Place) -> Self {
        // Nearer than that it would only be in the way.
        Self { from: 18.0, to: f32::MAX, faced: Some((*place, false)) }
    }

    /// `at`: where the thing is; `eye`: where the visitor is; `ahead`: where he looks; all in the hall.
    pub fn is_seen(&self, at: Vec3, eye: Vec3, ahead: Vec3) -> bool {
        let faced = self.faced.is_none_or(|(place, wanted)| place.is_faced(eye, ahead) == wanted);
        faced && (self.from..=self.to).contains(&at.distance(eye))
    }
}

/// The stop whose numbers, shapes and formulas are shown.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Inspecting(pub Option<Stop>);

/// On what is seen only while this stop is inspected.
#[derive(Component, Clone, Copy, Debug, PartialEq, Eq)]
pub struct InspectOnly(pub Stop);

/// A line at the foot of a station, in front of what stands there, that is seen while the station is inspected.
pub(super) fn inspect_line(workshop: &mut Workshop, root: Entity, place: &Place, line: Line) {
    let body = Lettering::body(place.type_metres(22.0)).coloured(theme::INK).within(place.size.x - 0.2);
    let lettering = Lettering { anchor: TextAnchor::BOTTOM_CENTER, ..body };
    let label = workshop.live_label(root, line, lettering, Transform::from_xyz(0.0, 0.04, place.size.z / 2.0));
    workshop.commands.entity(label).insert(InspectOnly(place.stop));
}

/// The size at which a line that follows the run is set while it is short, in metres.
#[derive(Component, Clone, Copy, Debug)]
pub struct TypeSize(pub f32);

/// A prompt of so many letters is set at its full size; a longer one smaller, so that it covers the same area.
const SHORT_PROMPT: usize = 64;

/// A line that follows the run.
#[derive(Component, Clone, Copy, Debug, PartialEq)]
pub enum Line {
    Seed,
    Settings,
    Step,
    Timestep,
    /// Step, timestep and sigma.
    Stair,
    /// The formula of guidance, with the scale of the current step.
    GuidanceScale,
    Prompt,
    Print,
    /// Numbers, shape and formula of a station.
    Inspect(Stop),
}

impl Line {
    /// What the line says; empty where there is nothing to say yet.
    pub fn words(self, texts: &Texts, shape: &ModelShape, run: &Run, moment: Moment) -> String {
        let Some(started) = &run.started else { return String::new() };
        let generation = &started.generation;
        let step = step_at(run, moment);
        let settings = [
            ("seed", generation.seed.to_string()),
            ("steps", run.step_count().to_string()),
            ("guidance", format_number(started.guidance_scale)),
            ("scheduler", generation.scheduler.map_or_else(String::new, |scheduler| scheduler.to_string())),
            ("seconds", format!("{:.1}", run.seconds)),
        ];
        match self {
            Self::Prompt => generation.prompt.clone(),
            Self::Seed => texts.say_with("line-seed", &settings),
            Self::Settings => texts.say_with("line-settings", &settings),
            Self::GuidanceScale => {
                let guidance = guidance_scale(run, step);
                let key = if guidance > 1.0 { "line-guided" } else { "line-unguided" };
                let latent = text::shape(&started.noise.size());
                texts.say_with(key, &[("guidance", format_number(guidance)), ("shape", latent)])
            }
            Self::Timestep => {
                let timestep = step.and_then(|step| started.timesteps.get(step));
                let say = |timestep: &f32| texts.say_with("line-timestep", &[("value", format_number(*timestep))]);
                timestep.map_or_else(String::new, say)
            }
            Self::Step => step.map_or_else(String::new, |step| {
                texts.say_with("line-step", &[("step", (step + 1).to_string()), ("steps", run.step_count().to_string())])
            }),
            Self::Stair => {
                let Some(step) = step else { return String::new() };
                let number = |numbers: &[f32]| numbers.get(step).map_or_else(String::new, |number| format_number(*number));
                let [timestep, sigma] = [number(&started.timesteps), number(&started.sigmas)];
                let (step, steps) = ((step + 1).to_string(), run.step_count().to_string());
                let values = [("step", step), ("steps", steps), ("timestep", timestep), ("sigma", sigma)];
                texts.say_with("line-stair", &values)
            }
            Self::Print if run.picture.is_some() && matches!(moment, Moment::Epilogue(_)) => {
                texts.say_with("line-print", &settings)
            }
            Self::Print => texts.say("line-print-to-come"),
            Self::Inspect(stop) => inspected(stop, texts, shape, run, moment),
        }
    }

    /// What the line says of A, and of B where that is something else. `moment` is read on A's score.
    pub fn words_of_both(self, texts: &Texts, shape: &ModelShape, a: &Run, b: Option<&Run>, moment: Moment) -> String {
        let of_a = self.words(texts, shape, a, moment);
        let between = match self {
            Self::Seed | Self::Stair => "\n",
            // On the UNet's front there is one line for it, and a step takes about as long in both.
            Self::Inspect(stop) if stop != Stop::Unet => "\n",
            Self::GuidanceScale => "   ",
            _ => return of_a,
        };
        let Some(b) = b else { return of_a };
        let moment_of_b = match moment {
            Moment::Lap { step, phase } => Moment::Lap { step: b.step_like(step, a.step_count()), phase },
            other => other,
        };
        let of_b = self.words(texts, shape, b, moment_of_b);
        if of_b.is_empty() || of_a == of_b { of_a } else { format!("● {of_a}{between}■ {of_b}") }
    }
}

/// The step of a moment; none before the first, afterwards the last.
fn step_at(run: &Run, moment: Moment) -> Option<usize> {
    match moment {
        Moment::Prologue(_) => None,
        Moment::Lap { step, .. } => Some(step),
        Moment::Epilogue(_) => run.step_count().checked_sub(1),
    }
}

/// Of a step where it has been computed, otherwise of the run.
fn guidance_scale(run: &Run, step: Option<usize>) -> f32 {
    let of_run = run.started.as_ref().map_or(1.0, |started| started.guidance_scale);
    step.and_then(|step| run.steps.get(step)).map_or(of_run, |step| step.guidance_scale)
}

/// Numbers, shape and formula of a station, with the values of the moment put in.
fn inspected(stop: Stop, texts: &Texts, shape: &ModelShape, run: &Run, moment: Moment) -> String {
    let Some(started) = &run.started else { return String::new() };
    let step = step_at(run, moment);
    let denoised = step.and_then(|step| run.steps.get(step));
    let latent @ [_, height, _] = started.noise.size();
    match stop {
        Stop::Tokens => {
            let slots = slots(&started.tokens.slots);
            let count = |kind: Slot| slots.iter().filter(|&&slot| slot == kind).count().to_string();
            let values = [("slots", slots.len().to_string()), ("pieces", count(Slot::Piece)), ("padding", count(Slot::Padding))];
            texts.say_with("line-inspect-tokens", &values)
        }
        Stop::TextEncoder => {
            let embeds = &started.numbers.prompt_embeds;
            let [tokens, hidden] = embeds.shape[..] else { return String::new() };
            let mean = (0..tokens).map(|token| norm(embeds.row(token))).sum::<f32>() / tokens.max(1) as f32;
            let values = [("shape", text::shape(&[tokens, hidden])), ("norm", format_number(mean))];
            texts.say_with("line-inspect-text-encoder", &values)
        }
        Stop::Noise if !started.numbers.noise.values.is_empty() => {
            let noise = &started.numbers.noise;
            let values = [
                ("shape", text::shape(&latent)),
                ("count", text::count(noise.values.len())),
                ("seed", started.generation.seed.to_string()),
                ("norm", format_number(norm(&noise.values))),
            ];
            texts.say_with("line-inspect-noise", &values)
        }
        Stop::Unet => {
            let (Some(step), Some(denoised)) = (step, denoised) else { return String::new() };
            let timestep = started.timesteps.get(step).copied().unwrap_or(denoised.timestep);
            let values = [
                ("timestep", format_number(timestep)),
                ("seconds", format!("{:.2}", denoised.seconds)),
                ("parameters", text::count(shape.parameters)),
            ];
            texts.say_with("line-inspect-unet", &values)
        }
        Stop::Block(block) => {
            let Some(block) = shape.blocks.iter().find(|shape| shape.block == block) else { return String::new() };
            let timestep = step.and_then(|step| started.timesteps.get(step));
            let values = [
                ("input", text::shape(&block.input)),
                ("output", text::shape(&block.output)),
                ("resnets", block.resnets.to_string()),
                ("transformers", block.transformers.to_string()),
                ("timestep", timestep.map_or_else(String::new, |&timestep| format_number(timestep))),
            ];
            texts.say_with("line-inspect-block", &values)
        }
        Stop::Guidance => {
            let guidance = guidance_scale(run, step);
            let key = if guidance > 1.0 { "line-inspect-guidance" } else { "line-inspect-guidance-off" };
            texts.say_with(key, &[("guidance", format_number(guidance)), ("shape", text::shape(&latent))])
        }
        Stop::Scheduler => {
            let Some(step) = step else { return String::new() };
            let has_turned = !matches!(moment, Moment::Lap { phase, .. } if phase < SCHEDULER);
            let lines = [scheduler_norms(texts, run, step, has_turned), scheduler_formula(texts, run, step)];
            lines.into_iter().filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
        }
        Stop::Decoder => {
            let image @ [_, image_height, image_width] = image_size(shape, run);
            let values = [
                ("latent", text::shape(&latent)),
                ("image", text::shape(&image)),
                ("factor", format_number(image_height as f32 / height.max(1) as f32)),
                ("numbers", text::count(latent.iter().product())),
                ("pixels", text::count(image_height * image_width)),
            ];
            texts.say_with("line-inspect-decoder", &values)
        }
        _ => String::new(),
    }
}

/// [3, height, width] of the run's picture.
fn image_size(shape: &ModelShape, run: &Run) -> [usize; 3] {
    let generation = run.started.as_ref().map(|started| &started.generation);
    let height = generation.and_then(|generation| generation.height).unwrap_or(shape.image[0]);
    let width = generation.and_then(|generation| generation.width).unwrap_or(shape.image[1]);
    [3, height, width]
}

/// How the scheduler makes the next latent, with the step's own values.
fn scheduler_formula(texts: &Texts, run: &Run, step: usize) -> String {
    let Some(started) = &run.started else { return String::new() };
    let (Some(&sigma), Some(&next)) = (started.sigmas.get(step), started.sigmas.get(step + 1)) else { return String::new() };
    let Some(kind) = started.generation.scheduler else { return String::new() };
    // With η DDIM adds noise of its own.
    let key = match kind {
        SchedulerKind::Ddim if started.generation.eta.is_some_and(|eta| eta > 0.0) => "line-formula-ddim-eta",
        SchedulerKind::Ddpm => "line-formula-ddpm",
        SchedulerKind::Ddim => "line-formula-ddim",
        SchedulerKind::Pndm => "line-formula-pndm",
        SchedulerKind::Euler => "line-formula-euler",
        SchedulerKind::EulerAncestral => "line-formula-euler-a",
        SchedulerKind::DpmPlusPlus2M | SchedulerKind::DpmPlusPlus2MKarras => "line-formula-dpmpp2m",
        SchedulerKind::UniPc => "line-formula-unipc",
        SchedulerKind::Lcm => "line-formula-lcm",
    };
    // ᾱ = 1 / (1 + σ²)
    let alpha_cumprod = (1.0 + next * next).recip();
    let values =
        [("sigma", sigma), ("next", next), ("signal", alpha_cumprod.sqrt()), ("noise", (1.0 - alpha_cumprod).max(0.0).sqrt())];
    texts.say_with(key, &values.map(|(name, value)| (name, format_number(value))))
}

/// The length of the latent before the step, and where the scheduler `has_turned` to it, after.
fn scheduler_norms(texts: &Texts, run: &Run, step: usize, has_turned: bool) -> String {
    let before = match step.checked_sub(1) {
        None => run.started.as_ref().map(|started| &started.numbers.noise),
        Some(before) => run.steps.get(before).map(|step| &step.numbers.latent),
    };
    let after = run.steps.get(step).filter(|_| has_turned).map(|step| &step.numbers.latent);
    let number = |numbers: Option<&Array>| {
        numbers.filter(|numbers| !numbers.values.is_empty()).map(|numbers| format_number(norm(&numbers.values)))
    };
    match (number(before), number(after)) {
        (Some(before), Some(after)) => texts.say_with("line-norms", &[("before", before), ("after", after)]),
        (Some(before), None) => texts.say_with("line-norm", &[("before", before)]),
        _ => String::new(),
    }
}

/// At most two decimals, and none where they are zero.
pub fn format_number(number: f32) -> String {
    if number.is_infinite() {
        return if number > 0.0 { "∞" } else { "−∞" }.to_string();
    }
    let text = format!("{number:.2}");
    match text.trim_end_matches('0').trim_end_matches('.') {
        "-0" => "0".to_string(),
        short => short.to_string(),
    }
}

/// Looks into the station that the visitor stands at, or lets it be. Elsewhere nothing is inspected.
fn inspect(
    mut intents: MessageReader<Intent>,
    guide: Res<Guide>,
    panels: Res<Panels>,
    lines: Query<&InspectOnly>,
    mut inspecting: ResMut<Inspecting>,
) {
    let chosen = intents.read().filter(|intent| **intent == Intent::Choose).count();
    // A visitor who walks about in front of it still reads it.
    let Some(at) = guide.at else { return };
    let mut wanted = inspecting.0.filter(|&stop| stop == at);
    let has_lines = at != Stop::Attention && lines.iter().any(|InspectOnly(stop)| *stop == at);
    if chosen % 2 == 1 && has_lines && !panels.in_hand() {
        wanted = if wanted.is_none() { Some(at) } else { None };
    }
    inspecting.set_if_neq(Inspecting(wanted));
}

fn write_lines(
    mut lines: Query<(&Line, &TypeSize, Option<&InspectOnly>, &mut Text3d, &mut Text3dStyling)>,
    inspecting: Res<Inspecting>,
    texts: Res<Texts>,
    hall: Res<Hall>,
    lanes: Lanes,
    time: Res<TourTime>,
) {
    let moment = hall.score(lanes.a()).moment(time.micros);
    for (line, TypeSize(metres), inspect_only, mut text, mut styling) in &mut lines {
        if inspect_only.is_some_and(|InspectOnly(stop)| inspecting.0 != Some(*stop)) {
            continue;
        }
        let words = line.words_of_both(&texts, &hall.shape, lanes.a(), lanes.pair().map(|pair| &pair.b), moment);
        if text.get_single() == Some(words.as_str()) {
            continue;
        }
        if *line == Line::Prompt {
            let shrunk = (SHORT_PROMPT as f32 / words.chars().count().max(SHORT_PROMPT) as f32).sqrt();
            styling.world_scale = Some(Vec2::splat(metres * shrunk));
        }
        *text = Text3d::new(words);
    }
}

/// Hides what could not be read from here, and what is not asked for.
fn show_readable(
    camera: Query<&GlobalTransform, With<Camera3d>>,
    inspecting: Res<Inspecting>,
    mut labels: Query<(&Seen, Option<&InspectOnly>, &GlobalTransform, &mut Visibility), Without<Camera3d>>,
) {
    let Ok(camera) = camera.single() else { return };
    for (seen, inspect_only, place, mut visibility) in &mut labels {
        let is_wanted = inspect_only.is_none_or(|InspectOnly(stop)| inspecting.0 == Some(*stop));
        let readable = is_wanted && seen.is_seen(place.translation(), camera.translation(), *camera.forward());
        visibility.set_if_neq(if readable { Visibility::Inherited } else { Visibility::Hidden });
    }
}
