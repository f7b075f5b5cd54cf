//! A label: a line of type in the hall. It is seen from where it can be read.

use bevy::prelude::*;
use bevy_rich_text3d::{LoadFonts, Text3d, Text3dPlugin, Text3dStyling, TextAlign, TextAnchor, Weight};

use super::Hall;
use crate::HallSystems;
use crate::state::Run;
use crate::text::Texts;
use crate::theme;
use crate::tour::score::Moment;
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
        .add_systems(Update, write_lines.in_set(HallSystems::Animate).run_if(resource_exists::<Hall>))
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
    Sigma,
    GuidanceScale,
    Prompt,
    Print,
}

impl Line {
    /// What the line says; empty where there is nothing to say yet.
    pub fn words(self, texts: &Texts, run: &Run, moment: Moment) -> String {
        let Some(started) = &run.started else { return String::new() };
        let generation = &started.generation;
        let last = run.step_count().saturating_sub(1);
        let step = match moment {
            Moment::Prologue(_) => None,
            Moment::Lap { step, .. } => Some(step),
            Moment::Epilogue(_) => Some(last),
        };
        let at_step = |key: &str, number: &[f32]| {
            let value = step.and_then(|step| number.get(step));
            value.map_or_else(String::new, |value| texts.say_with(key, &[("value", format_number(*value))]))
        };
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
            Self::GuidanceScale => texts.say_with("line-guidance", &settings),
            Self::Timestep => at_step("line-timestep", &started.timesteps),
            Self::Sigma => at_step("line-sigma", &started.sigmas),
            Self::Step => step.map_or_else(String::new, |step| {
                texts.say_with("line-step", &[("step", (step + 1).to_string()), ("steps", run.step_count().to_string())])
            }),
            Self::Print if run.picture.is_some() && matches!(moment, Moment::Epilogue(_)) => {
                texts.say_with("line-print", &settings)
            }
            Self::Print => texts.say("line-print-to-come"),
        }
    }
}

/// At most two decimals, and none where they are zero.
pub fn format_number(number: f32) -> String {
    let text = format!("{number:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_string()
}

fn write_lines(
    mut lines: Query<(&Line, &TypeSize, &mut Text3d, &mut Text3dStyling)>,
    texts: Res<Texts>,
    hall: Res<Hall>,
    run: Res<Run>,
    time: Res<TourTime>,
) {
    let moment = hall.score(&run).moment(time.micros);
    for (line, TypeSize(metres), mut text, mut styling) in &mut lines {
        let words = line.words(&texts, &run, moment);
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

/// Hides what could not be read from here.
fn show_readable(
    camera: Query<&GlobalTransform, With<Camera3d>>,
    mut labels: Query<(&Seen, &GlobalTransform, &mut Visibility), Without<Camera3d>>,
) {
    let Ok(camera) = camera.single() else { return };
    for (seen, place, mut visibility) in &mut labels {
        let readable = seen.is_seen(place.translation(), camera.translation(), *camera.forward());
        visibility.set_if_neq(if readable { Visibility::Inherited } else { Visibility::Hidden });
    }
}
